"""Content as conversation: what was asked and answered, in whatever shape an API has it.

    chat.py     input and output as chat messages   responses.py   items of the Responses API as messages
    blocks.py   messages of the Messages API        media.py       pictures and files as parts of a message
    finish.py   why an answer ended                 preview.py     the last question and the answer
    text.py     every text in a value, for rules    gathered.py    what one message is made of

Policy, the command and destinations read content through here, so that they see the same conversation.
"""

from __future__ import annotations

from broadcast_core.record.messages.blocks import has_blocks
from broadcast_core.record.messages.chat import (
    CHAT_KEYS,
    INPUT_KEYS,
    OPENAI_ROLES,
    Roles,
    chat_input,
    chat_output,
)
from broadcast_core.record.messages.finish import Finish, finish_of, word_of
from broadcast_core.record.messages.preview import ConversationPreview, preview_of
from broadcast_core.record.messages.text import UnreadableContent, text_of

__all__ = [
    "CHAT_KEYS",
    "INPUT_KEYS",
    "OPENAI_ROLES",
    "ConversationPreview",
    "Finish",
    "Roles",
    "UnreadableContent",
    "chat_input",
    "chat_output",
    "finish_of",
    "has_blocks",
    "preview_of",
    "text_of",
    "word_of",
]
