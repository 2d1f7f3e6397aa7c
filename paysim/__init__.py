"""A simulator of the Stripe API: what Estrade is developed, tested and shown with when no real money may move.

It imports nothing of the product and needs nothing but the standard library. Start it with `python -m paysim --port 8006`.
"""
