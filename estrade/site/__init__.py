"""Puts the domains together: settings, addresses, reactions, refusals over HTTP, the `estrade` command."""
