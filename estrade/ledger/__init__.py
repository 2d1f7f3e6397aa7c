"""Every amount, twice: accounts and the entries that move money between them. It never changes an entry."""
