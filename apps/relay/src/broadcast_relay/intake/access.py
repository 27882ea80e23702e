"""Who may deliver: senders of a shared secret, compared in constant time."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from attrs import frozen

from broadcast_core.secrets import SecretBytes

SHORTEST = 16
"""The fewest characters of a shared secret."""
_BEARER = b"bearer "


@frozen
class Access:
    """Shared secrets, any of which is valid, and the header that brings one; without secrets all may deliver.

    `header` is in lower case. In `authorization` the secret follows `Bearer`, in any other it is the value.
    """

    secrets: tuple[SecretBytes, ...] = ()
    header: bytes = b"authorization"

    def allows(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Tell whether the headers of a request, with names in lower case, bring a valid secret."""
        if not self.secrets:
            return True
        given = [self._given(value) for name, value in headers if name == self.header]
        return any([hmac.compare_digest(one, secret) for one in given for secret in self.secrets])  # noqa: C419  # all are compared

    def _given(self, value: bytes) -> bytes:
        if self.header != b"authorization":
            return value.strip()
        scheme, given = value[: len(_BEARER)], value[len(_BEARER) :]
        return given.strip() if scheme.lower() == _BEARER else b""


def wrong_secret(secret: str) -> str | None:
    """Say what is wrong with a shared secret, without quoting it, or None."""
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        return "expected a secret of ASCII without spaces, as `openssl rand -hex 32` prints"
    if len(secret) < SHORTEST:
        return f"a secret of fewer than {SHORTEST} characters can be guessed; take `openssl rand -hex 32`"
    return None
