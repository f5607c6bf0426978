"""The health of neurons: statistics in one pass, the metrics made of them, and analytic truths."""
