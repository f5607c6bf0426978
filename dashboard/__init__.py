"""The pages: what was measured, how far to trust it, and what to do next."""
