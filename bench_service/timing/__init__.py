"""The timing engine: blocks in rounds in forked processes, paired with ReLU in every round."""
