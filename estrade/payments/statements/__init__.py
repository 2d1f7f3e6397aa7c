"""What the ledger says of an event, or of an organisation over a time: sums that add up, the entries behind each, and files."""
