"""What is known: sources, the documents that they hold, and the chunks that are searched."""

from .chunks import Chunk
from .sources import Document, Source
from .vectors import UpcomingVector, VectorChoice
from .words import Posting, SourceWord, Vocabulary

__all__ = [
    "Chunk",
    "Document",
    "Posting",
    "Source",
    "SourceWord",
    "UpcomingVector",
    "VectorChoice",
    "Vocabulary",
]
