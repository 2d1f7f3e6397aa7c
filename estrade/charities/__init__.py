"""Who may receive a share. Charities come from the operator's list, never from free text."""
