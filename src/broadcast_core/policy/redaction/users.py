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
from broadcast_core.record.generation import Generation
from broadcast_core.record.opt_in_groups import IDENTITY
from broadcast_core.secrets import SecretBytes

UserIdentity = Literal["keep", "hash", "drop"]
HASH_KEY = "hash_key"
"""The name of the secret with which ids are hashed."""

_FIELDS = {"user_id": "user", "session_id": "session", "gateway_user_id": "user"}
_OPT_IN = {"external_user": "user", "user_id": "user", "session_id": "session"}
_IN_REQUEST = frozenset({"user", "session_id", "safety_identifier", "prompt_cache_key", "metadata", "trace"})

Replace = Callable[[str, Json], str | None]


def pseudonymize_users(
    generation: Generation, mode: UserIdentity, key: str | None
) -> tuple[Generation, tuple[Diagnostic, ...]]:
    """Return the generation with the user's ids as the route wants them, and what became of them."""
    if mode == "keep":
        return generation, ()
    replace = _hashes(key) if mode == "hash" and key else _nothing
    who = generation.identity
    changes: dict[str, Any] = {name: replace(kind, getattr(who, name)) for name, kind in _FIELDS.items()}
    group = {
        key: replace(_OPT_IN[key], value) if key in _OPT_IN else value
        for key, value in generation.generation_identity.items()
        if key in IDENTITY
    }
    changed = attrs.evolve(
        generation,
        identity=attrs.evolve(who, **changes),
        generation_identity={key: value for key, value in group.items() if value is not None},
    )
    what = f"user_identity is {mode} for this route"
    if mode == "hash" and not key:
        what += f"; dropped, since there is no secret {HASH_KEY!r}"
    notes = () if changed == generation else (Diagnostic("withheld", "$.identity", what),)
    return _without_repeats(changed, notes)


def without_custom_metadata(generation: Generation) -> tuple[Generation, tuple[Diagnostic, ...]]:
    """Return the generation without the caller's own metadata and tags; the names and the trace id stay."""
    trace = attrs.evolve(generation.trace, metadata={}, tags=())
    what = "drop_custom_metadata is on for this route"
    notes = () if trace == generation.trace else (Diagnostic("withheld", "$.trace.metadata", what),)
    return _without_repeats(attrs.evolve(generation, trace=trace), notes)


def _without_repeats(
    generation: Generation, notes: tuple[Diagnostic, ...]
) -> tuple[Generation, tuple[Diagnostic, ...]]:
    """Return the generation without unknown fields, and without the request's keys that say who asked."""
    request = generation.content.request
    items = request.items() if isinstance(request, dict) else ()
    kept = {key: value for key, value in items if key not in _IN_REQUEST} or None
    if generation.extra:
        what = "unknown fields may repeat what is held back"
        notes = (*notes, Diagnostic("withheld", "$.extra", what))
    if kept != (request or None):
        what = f"of the request, {', '.join(sorted(_IN_REQUEST))} may repeat what is held back"
        notes = (*notes, Diagnostic("withheld", "$.content.request", what))
    content = attrs.evolve(generation.content, request=kept)
    return attrs.evolve(generation, extra={}, content=content), notes


def _nothing(_kind: str, _value: Json) -> None:
    return None


def _hashes(key: str) -> Replace:
    secret = SecretBytes(key.encode("utf-8", "surrogatepass"))

    def hashed(kind: str, value: Json) -> str | None:
        if not isinstance(value, str):
            return None
        message = f"{kind}\x00{value}".encode("utf-8", "surrogatepass")
        return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]

    return hashed
