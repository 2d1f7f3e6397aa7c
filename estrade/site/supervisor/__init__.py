"""One machine, one command: starts every process of an instance, watches them, and stops them without a trace."""
