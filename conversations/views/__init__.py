"""The dashboard's pages of conversations: try it, read what was said, put it on a site."""
