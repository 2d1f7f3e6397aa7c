"""Bank transfers: what a buyer is asked to write, what a bank's statement says, and which order a transfer is for."""
