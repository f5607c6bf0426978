"""The instrument put to the test on this machine: its own false positives and its resolution."""
