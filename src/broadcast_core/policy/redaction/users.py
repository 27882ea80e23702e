"""Who asked, and what the caller added: kept, replaced by a keyed hash, or dropped.

The user's identity is the user and session ids, wherever the record has them. A hash is HMAC-SHA256 under a
key of the route's own, so that the same user stays the same and nobody without the key can test a guess. With
no key there is no hash: the ids are dropped. What may repeat an id outside its field is held back with it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Literal

import attrs

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.jsontext import Json
from broadcast_core.policy.redaction.draft import Draft
from broadcast_core.record.opt_in_groups import IDENTITY
from broadcast_core.secrets import SecretBytes

UserIdentity = Literal["keep", "hash", "drop"]
HASH_KEY = "hash_key"
"""The name of the secret with which ids are hashed."""

_FIELDS = {"user_id": "user", "session_id": "session", "gateway_user_id": "user"}
_OPT_IN = {"external_user": "user", "user_id": "user", "session_id": "session"}
_IN_REQUEST = frozenset({"user", "session_id", "safety_identifier", "prompt_cache_key", "metadata", "trace"})

Replace = Callable[[str, Json], str | None]


def pseudonymize_users(draft: Draft, mode: UserIdentity, key: str | None) -> Draft:
    """Keep, hash or drop the user's ids, as the route wants them."""
    if mode == "keep":
        return draft
    replace = _hash_with(key) if mode == "hash" and key else _drop
    who, group = draft.value("identity"), draft.value("generation_identity")
    ids: dict[str, Any] = {name: replace(kind, getattr(who, name)) for name, kind in _FIELDS.items()}
    known = {
        name: replace(_OPT_IN[name], value) if name in _OPT_IN else value
        for name, value in group.items()
        if name in IDENTITY
    }
    changes = {
        "identity": attrs.evolve(who, **ids),
        "generation_identity": {name: value for name, value in known.items() if value is not None},
    }
    what = f"user_identity is {mode} for this route"
    if mode == "hash" and not key:
        what += f"; dropped, since there is no secret {HASH_KEY!r}"
    note = Diagnostic("withheld", "$.identity", what)
    is_same = changes == {"identity": who, "generation_identity": group}
    return _drop_repeats(draft.with_changes(changes, *(() if is_same else (note,))))


def drop_custom_metadata(draft: Draft) -> Draft:
    """Hold back the caller's own metadata and tags; the names and the trace id stay."""
    before = draft.value("trace")
    trace = attrs.evolve(before, metadata={}, tags=())
    note = Diagnostic("withheld", "$.trace.metadata", "drop_custom_metadata is on for this route")
    return _drop_repeats(draft.with_changes({"trace": trace}, *(() if trace == before else (note,))))


def _drop_repeats(draft: Draft) -> Draft:
    """Hold back unknown fields, and those keys of the request that say who asked."""
    content = draft.value("content")
    items = content.request.items() if isinstance(content.request, dict) else ()
    kept = {key: value for key, value in items if key not in _IN_REQUEST} or None
    notes = []
    if draft.value("extra"):
        what = "unknown fields may repeat what is held back"
        notes.append(Diagnostic("withheld", "$.extra", what))
    if kept != (content.request or None):
        what = f"of the request, {', '.join(sorted(_IN_REQUEST))} may repeat what is held back"
        notes.append(Diagnostic("withheld", "$.content.request", what))
    return draft.with_changes({"extra": {}, "content": attrs.evolve(content, request=kept)}, *notes)


def _drop(_kind: str, _value: Json) -> None:
    return None


def _hash_with(key: str) -> Replace:
    secret = SecretBytes(key.encode("utf-8", "surrogatepass"))

    def replace(kind: str, value: Json) -> str | None:
        if not isinstance(value, str):
            return None
        message = f"{kind}\x00{value}".encode("utf-8", "surrogatepass")
        return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]

    return replace
