"""What the pages about training share: the choice, the data and the words."""
