"""Content as conversation: what was asked and answered, in whatever shape an API has it.

    chat.py   input and output as chat messages     responses.py   items of the Responses API as messages
    text.py   every text in a value, for rules      preview.py     the last question and the answer

Policy, the command and destinations read content through here, so that they see the same conversation.
"""

from __future__ import annotations

from broadcast_core.record.messages.chat import (
    CHAT_KEYS,
    INPUT_KEYS,
    OPENAI_ROLES,
    Roles,
    chat_input,
    chat_output,
)
from broadcast_core.record.messages.preview import ConversationPreview, preview_of
from broadcast_core.record.messages.text import UnreadableContent, text_of

__all__ = [
    "CHAT_KEYS",
    "INPUT_KEYS",
    "OPENAI_ROLES",
    "ConversationPreview",
    "Roles",
    "UnreadableContent",
    "chat_input",
    "chat_output",
    "preview_of",
    "text_of",
]
