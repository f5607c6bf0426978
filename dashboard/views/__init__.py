"""Pages: one file per question."""
