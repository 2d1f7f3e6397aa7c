"""Collecting money for orders and giving it back, through processors."""
