"""What is said: conversations, their turns and messages."""

from .conversations import Channel, Conversation
from .messages import Message, Speaker
from .turns import Turn

__all__ = ["Channel", "Conversation", "Message", "Speaker", "Turn"]
