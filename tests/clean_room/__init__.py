"""Proves the two commands on a machine that has nothing but what the README asks for."""
