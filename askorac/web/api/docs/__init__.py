"""The API's documentation as a page of our own: read off its description, nothing from others."""
