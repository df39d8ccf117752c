"""Our staff's access to content, as an organization decides on it and as our staff see it."""
