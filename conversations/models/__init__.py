"""What is said: conversations, their turns and messages."""

from .conversations import RATINGS, Channel, Conversation
from .messages import Message, Speaker
from .turns import Turn

__all__ = ["RATINGS", "Channel", "Conversation", "Message", "Speaker", "Turn"]
