"""The isolation proof: one throw-away organization against another, by every way there is."""
