"""One HTTP request as data, which can be split without asking the destination again.

A planned request holds no secret; `Destination.authorize` adds them at delivery. What was not planned may be
a secret, so its repr hides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self, SupportsIndex

from attrs import evolve, field, frozen

from broadcast_core.batching.endpoint import Endpoint
from broadcast_core.batching.headers import Headers, as_headers, request_headers
from broadcast_core.batching.item import Item
from broadcast_core.errors import ArgumentError, FieldError, SecretError
from broadcast_core.secrets import SecretBytes, SecretText


@frozen
class _Planned:
    """What a request was planned with: nothing of it is a secret."""

    endpoint: Endpoint | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(factory=dict)
    items: tuple[Item, ...] = ()

    __hash__ = None  # type: ignore[assignment]


@frozen(kw_only=True)
class Request:
    """One HTTP request as data; `items` tells whom it speaks of.

    What was not planned hides itself, as `masking` has it: values of headers, the URL, the envelope, bodies.
    Of a request that is built anew nothing was planned. A request that hides something is not pickled.
    """

    route: str
    endpoint: Endpoint
    url: str
    headers: Mapping[str, str] = field(factory=dict, converter=as_headers)
    items: tuple[Item, ...] = ()
    _planned: _Planned = field(factory=_Planned, repr=False, eq=False, alias="_planned")

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def planned(cls, *, route: str, endpoint: Endpoint, items: tuple[Item, ...] = ()) -> Request:
        """Return a request to an endpoint that shows all of itself: only for what has no secret in it."""
        kind = {"Content-Type": endpoint.content_type} if endpoint.content_type else {}
        return cls._shown(route, endpoint, endpoint.url, {**kind, **endpoint.headers}, items)

    @classmethod
    def _shown(
        cls, route: str, endpoint: Endpoint, url: str, headers: Mapping[str, str], items: tuple[Item, ...]
    ) -> Request:
        headers = as_headers(headers)
        known = _Planned(endpoint, url, headers, items)
        return cls(route=route, endpoint=endpoint, url=url, headers=headers, items=items, _planned=known)

    def addressed(self, *, url: str | None = None, headers: Mapping[str, str] | None = None) -> Request:
        """Return a planned request with an address made of its items: a URL, and headers beside its own.

        It is for `Destination.address`, and shows all of itself as before. Raise `SecretError` for a request
        that secrets have been added to.
        """
        if not self.is_as_planned:
            raise SecretError("secrets have been added to this request: address it before it is authorized")
        more = request_headers({**self.headers, **(headers or {})})
        return self._shown(self.route, self.endpoint, self.url if url is None else url, more, self.items)

    def __attrs_post_init__(self) -> None:
        known = self._planned
        if self.url != known.url:
            object.__setattr__(self, "url", SecretText(self.url))
        if not _are_same(self.headers, known.headers):
            object.__setattr__(self, "headers", _hidden_headers(self.headers, known.headers))
        if not _are_same(self.endpoint, known.endpoint):
            object.__setattr__(self, "endpoint", _hidden_endpoint(self.endpoint, known.endpoint))
        if self.items is not known.items:
            items, shown = _hidden_items(self.items, known.items)
            object.__setattr__(self, "items", items)
            object.__setattr__(self, "_planned", evolve(known, items=shown))

    @property
    def is_as_planned(self) -> bool:
        """Tell whether nothing was added to what was planned, so that no secret can be in it."""
        known = self._planned
        same_headers = _are_same(self.headers, known.headers)
        return self._is_body_planned and self.url == known.url and same_headers

    @property
    def _is_body_planned(self) -> bool:
        known = self._planned
        return _are_same(self.endpoint, known.endpoint) and len(self.items) == len(known.items)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        if not self.is_as_planned:
            raise SecretError(
                "a request that may hold secrets is not pickled: pickle the planned request, and authorize it"
                " where it is sent"
            )
        return super().__reduce_ex__(protocol)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.endpoint.method

    @property
    def body(self) -> bytes:
        """The items in their envelope."""
        endpoint = self.endpoint
        parts = [endpoint.prefix]  # joined once: bodies are many megabytes
        for item in self.items:
            parts += (item.body, endpoint.separator)
        parts[len(parts) - bool(self.items) :] = [endpoint.suffix]
        body = b"".join(parts)
        return body if self._is_body_planned else SecretBytes(body)

    @property
    def generations(self) -> tuple[str, ...]:
        """The ids of the generations that the request speaks of, each once, in order."""
        return tuple(dict.fromkeys(name for item in self.items for name in item.generations))

    def split(self) -> tuple[Request, Request]:
        """Return the two halves of a planned request with at least two items, neither of them addressed."""
        if len(self.items) < 2:
            raise ArgumentError("a request with fewer than two items cannot be split")
        if not self.is_as_planned:
            raise SecretError("secrets have been added to this request: split the one that was planned")
        half = len(self.items) // 2
        return (
            Request.planned(route=self.route, endpoint=self.endpoint, items=self.items[:half]),
            Request.planned(route=self.route, endpoint=self.endpoint, items=self.items[half:]),
        )


def _are_same(one: object, other: object) -> bool:
    """Tell whether two values are equal; of a planned request they are one, which is told at once."""
    return one is other or one == other


def _hidden_headers(headers: Mapping[str, str], known: Mapping[str, str]) -> Headers:
    """Return headers of which those values hide that were not planned; raise `FieldError` for no texts."""
    for name, value in headers.items():
        if not isinstance(value, str):
            raise FieldError(
                f"headers: expected a text for {name!r}, got a {type(value).__name__}: give str(...)"
            )
    return Headers(
        {name: value if known.get(name) == value else SecretText(value) for name, value in headers.items()}
    )


def _hidden_endpoint(endpoint: Endpoint, known: Endpoint | None) -> Endpoint:
    """Return an endpoint that hides what was not planned, but for its name, method and limits."""
    texts: dict[str, Any] = {
        name: SecretText(value)
        for name in ("url", "content_type")
        if (value := getattr(endpoint, name)) != getattr(known, name, None)
    }
    parts: dict[str, Any] = {
        name: SecretBytes(value)
        for name in ("prefix", "separator", "suffix")
        if (value := getattr(endpoint, name)) != getattr(known, name, None)
    }
    headers = _hidden_headers(endpoint.headers, {} if known is None else known.headers)
    return evolve(endpoint, headers=headers, **texts, **parts)


def _hidden_items(items: Iterable[Item], known: Iterable[Item]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Return items of which those bodies hide that were not planned, and those that were."""
    planned = set(map(id, known))
    shown = tuple(item for item in items if id(item) in planned)
    hidden = tuple(
        item if id(item) in planned else evolve(item, body=SecretBytes(item.body)) for item in items
    )
    return hidden, shown
