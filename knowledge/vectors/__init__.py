"""Vectors that lie sealed: chosen, restored in the other form, and searched in memory."""
