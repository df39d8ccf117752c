"""Finding by words: what a text's words are, where they stand, and what a question's are worth."""
