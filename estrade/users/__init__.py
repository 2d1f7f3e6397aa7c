"""Who signs in, which organisations they belong to, and what a role may do."""
