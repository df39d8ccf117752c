"""What stands in an archive: one module for each part of it, read page by page."""
