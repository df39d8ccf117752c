"""Whether this installation works: for those who watch over it, and for those who set it up."""
