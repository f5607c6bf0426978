"""From slices that were trained to answers: who trains best, how fast, and how far one can tell."""
