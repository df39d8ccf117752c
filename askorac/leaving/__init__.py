"""Leaving: all of it taken along as one archive, brought in again, and destroyed for good."""
