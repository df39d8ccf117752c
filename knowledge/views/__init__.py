"""The pages of knowledge: what a project knows, and the ways to add to it."""
