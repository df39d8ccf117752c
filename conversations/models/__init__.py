"""What is said: conversations, their turns and messages."""

from .conversations import RATINGS, Channel, Conversation
from .messages import Message, Speaker
from .turns import Turn
from .usage import Usage
from .words import ConversationWord

__all__ = [
    "RATINGS",
    "Channel",
    "Conversation",
    "ConversationWord",
    "Message",
    "Speaker",
    "Turn",
    "Usage",
]
