"""Backups, their restoring, and the drill that proves that they can be restored."""
