"""Conversations and turns for our staff: when, how long, by which model, and not a word of them."""

from django.contrib import admin

from askorac.staff.metadata import MetadataAdmin

from .models import Conversation, Turn


@admin.register(Conversation)
class ConversationAdmin(MetadataAdmin):
    is_large = True
    list_display = (
        "short_id",
        "organization",
        "project_id",
        "channel",
        "question_count",
        "unanswered_count",
        "started_at",
        "last_message_at",
    )
    list_filter = ("channel", "started_at")
    ordering = ("-started_at",)


@admin.register(Turn)
class TurnAdmin(MetadataAdmin):
    is_large = True
    list_display = (
        "short_id",
        "organization",
        "state",
        "code",
        "provider",
        "model",
        "input_tokens",
        "output_tokens",
        "started_at",
        "finished_at",
    )
    list_filter = ("state", "started_at")
    ordering = ("-started_at",)
