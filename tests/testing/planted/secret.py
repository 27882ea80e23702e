"""Faults with secrets: kept, put in other places, not used; and what else `authorize` and `sign` change."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import evolve

from broadcast_core import Endpoint, Item, Request
from broadcast_core.batching import Outgoing
from broadcast_core.destinations import Description, Secret
from tests.testing.planted.base import Array, Lines

_count = itertools.count()
_kept: dict[str, str] = {}


class KeepsTheSecret(Lines):
    """It keeps the key, and plans with it."""

    law: ClassVar[str] = "test_no_secret_reaches_a_plan"

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """The key of before in a header."""
        headers = {"X-Dataset": config.dataset, "X-Known": _kept.get("api_key", "none")}
        return super().endpoint(config, **{"headers": headers, **changes})

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Keeps it."""
        _kept["api_key"] = str.__str__(secrets["api_key"])
        return super().authorize(request, config, secrets, now, attempt)


class KeepsTheSecretItself(Lines):
    """It keeps the key in itself."""

    law: ClassVar[str] = "test_no_secret_reaches_a_plan"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """As an attribute."""
        self.key = "".join(secrets["api_key"])
        return super().authorize(request, config, secrets, now, attempt)


class SecretInTheNextRow(Lines):
    """It writes the key that it has kept into rows."""

    law: ClassVar[str] = "test_no_secret_reaches_a_plan"
    kept: ClassVar[dict[str, str]] = {}

    def encode(self, text: bytes) -> bytes:
        """Beside the row."""
        return text[:-1] + b',"by":"%s"}' % self.kept.get("api_key", "").encode()

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Keeps it."""
        self.kept["api_key"] = secrets["api_key"]
        return super().authorize(request, config, secrets, now, attempt)


class _Shown(Request):
    """A request that shows its headers."""

    def __repr__(self) -> str:
        return f"Request({[(name, str(value)) for name, value in self.headers.items()]})"


class ShowsTheSecret(Lines):
    """The repr of its requests shows the key."""

    law: ClassVar[str] = "test_no_repr_of_an_authorized_request_shows_a_secret"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """A class of its own."""
        headers = {**request.headers, "X-Api-Key": secrets["api_key"]}
        return _Shown(
            route=request.route,
            endpoint=request.endpoint,
            url=request.url,
            headers=headers,
            items=request.items,
        )


class SecretInUrl(Lines):
    """The key of a header is in the URL."""

    law: ClassVar[str] = "test_secrets_go_where_they_are_declared_to"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """And in the header too."""
        found = super().authorize(request, config, secrets, now, attempt)
        return evolve(found, url=f"{found.url}?key={secrets['api_key']}")


class SecretInBody(Array):
    """The key of a header is in the envelope."""

    law: ClassVar[str] = "test_secrets_go_where_they_are_declared_to"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """As other platforms have it."""
        found = super().authorize(request, config, secrets, now, attempt)
        prefix = b'{"key":"%s",' % secrets["api_key"].encode() + request.endpoint.prefix[1:]
        return evolve(found, endpoint=evolve(request.endpoint, prefix=prefix))


class SignsWithItself(Array):
    """The key that signs is in a header."""

    law: ClassVar[str] = "test_secrets_go_where_they_are_declared_to"

    def sign(self, outgoing: Outgoing, config: Any, secrets: Mapping[str, str], now: datetime) -> Outgoing:
        """As it is."""
        return evolve(outgoing, headers={**outgoing.headers, "X-Signature": secrets.get("signing_key", "")})


class DoesNotAuthorize(Lines):
    """Its authorize does nothing."""

    law: ClassVar[str] = "test_each_secret_is_used"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """To be written."""
        return request


class OneSecretIsNotUsed(Array):
    """It declares a secret that it does not use."""

    law: ClassVar[str] = "test_each_secret_is_used"

    def describe(self) -> Description:
        """With one more."""
        more = {**self.secrets, "organization": Secret(help="The organization.", required=False)}
        return evolve(super().describe(), secrets=more)


class DropsHeaders(Lines):
    """Its authorize drops the headers of the plan."""

    law: ClassVar[str] = "test_authorize_keeps_the_headers"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """The key alone."""
        return evolve(request, headers={"X-Api-Key": secrets["api_key"]})


class ChangesItems(Lines):
    """Its authorize adds an item."""

    law: ClassVar[str] = "test_authorize_keeps_the_items"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """With the key."""
        extra = Item(endpoint="rows", body=secrets["api_key"].encode(), generations=())
        return evolve(
            super().authorize(request, config, secrets, now, attempt), items=(*request.items, extra)
        )


class HeadersOfBytes(Lines):
    """Its authorize adds a header that is no text."""

    law: ClassVar[str] = "test_headers_are_texts_that_can_be_sent"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Any:
        """Bytes, and a number."""
        headers: Any = {**request.headers, "X-Api-Key": secrets["api_key"].encode(), "X-Attempt": attempt}
        return evolve(request, headers=headers)


class HeadersWithBreaks(Lines):
    """Its authorize adds a header with a line break."""

    law: ClassVar[str] = "test_headers_are_texts_that_can_be_sent"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """As some encoders have it."""
        return evolve(request, headers={**request.headers, "X-Api-Key": f"{secrets['api_key']}\n"})


class NeedsTheOptional(Array):
    """It raises without a secret that is optional."""

    law: ClassVar[str] = "test_authorize_needs_no_secret_that_is_optional"

    def sign(self, outgoing: Outgoing, config: Any, secrets: Mapping[str, str], now: datetime) -> Outgoing:
        """It is always there."""
        _ = secrets["signing_key"]
        return super().sign(outgoing, config, secrets, now)


class RaisesOnRetry(Lines):
    """It raises at the second attempt."""

    law: ClassVar[str] = "test_authorize_needs_no_secret_that_is_optional"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """A list of one."""
        _ = ["first"][attempt - 1]
        return super().authorize(request, config, secrets, now, attempt)


class CountsRequests(Lines):
    """Its authorize adds a number of its own."""

    law: ClassVar[str] = "test_authorize_is_the_same_each_time"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """One after another."""
        found = super().authorize(request, config, secrets, now, attempt)
        return evolve(found, headers={**found.headers, "X-Nonce": str(next(_count))})


class SignsTheBody(Array):
    """Its signature is in the body."""

    law: ClassVar[str] = "test_sign_keeps_headers_and_body"

    def sign(self, outgoing: Outgoing, config: Any, secrets: Mapping[str, str], now: datetime) -> Outgoing:
        """Behind it."""
        found = super().sign(outgoing, config, secrets, now)
        return evolve(found, body=found.body + b" ")


class ErrorsQuote(Lines):
    """It quotes a key that no header takes."""

    law: ClassVar[str] = "test_errors_quote_no_secret"

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """To be helpful."""
        if not secrets["api_key"].isascii():
            raise ValueError(f"no key: {secrets['api_key']}")
        return super().authorize(request, config, secrets, now, attempt)


class KeyOverTheLimit(Array):
    """Its key is in the body, which may be full without it."""

    law: ClassVar[str] = "test_a_full_request_has_room_for_its_secrets"
    secrets: ClassVar[Mapping[str, Secret]] = {"api_key": Secret(help="The key.", place="body")}
    reserved: ClassVar[int] = 20

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """With room for a short one."""
        return super().endpoint(config, **{"reserved": self.reserved, **changes})

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """At the beginning."""
        prefix = b'{"key":"%s","rows":[' % str.__str__(secrets["api_key"]).encode()
        return evolve(request, endpoint=evolve(request.endpoint, prefix=prefix))


class BreaksTheBody(KeyOverTheLimit):
    """Its key in the body ends the JSON."""

    law: ClassVar[str] = "test_an_authorized_body_is_what_it_says"
    reserved: ClassVar[int] = 1000

    def authorize(
        self, request: Request, config: Any, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> Request:
        """Without its quotes."""
        prefix = b'{"key":%s,"rows":[' % str.__str__(secrets["api_key"]).encode()
        return evolve(request, endpoint=evolve(request.endpoint, prefix=prefix))
