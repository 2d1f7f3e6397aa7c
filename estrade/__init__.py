"""Estrade: announce a live video event, sell places in it, hold it, settle it."""
