"""Neurons: what is said about them, and what became of them. Needs no torch."""
