"""The price list, quotas, orders and tickets. It never speaks to a processor."""
