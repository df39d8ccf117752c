"""The pages of projects, and the frame that every app's pages stand in."""
