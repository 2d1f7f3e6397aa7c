"""What is announced: events, their occurrences, who may see them. It knows nothing of prices."""
