"""Training with every activation: stacked seeds and learning rates, and the health of neurons."""
