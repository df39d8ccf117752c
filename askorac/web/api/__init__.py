"""What every endpoint of /api/v1/ speaks: problems, strict bodies, cursors, counted requests."""
