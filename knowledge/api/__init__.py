"""The endpoints of what a project knows: sources, documents and search, and of its vectors."""

from . import documents, search, sources, vectors

urlpatterns = [
    *sources.urlpatterns,
    *documents.urlpatterns,
    *search.urlpatterns,
    *vectors.urlpatterns,
]
