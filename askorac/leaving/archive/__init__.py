"""The archive: a ZIP file of documented contents, written in pieces and read with suspicion."""
