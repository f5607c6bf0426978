"""What the page about jobs says: what was asked of workers, and what became of it."""
