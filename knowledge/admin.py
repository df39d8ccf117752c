"""Sources for our staff: how many and how large, and nothing of what they say."""

from django.contrib import admin

from askorac.staff.metadata import MetadataAdmin

from .models import Source


@admin.register(Source)
class SourceAdmin(MetadataAdmin):
    is_large = True
    list_display = (
        "short_id",
        "organization",
        "project_id",
        "kind",
        "size_bytes",
        "chunk_count",
        "created_at",
    )
    list_filter = ("kind", "created_at")
    ordering = ("-created_at",)
