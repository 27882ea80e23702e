"""Laws of secrets: none before delivery, each where it is declared, and nothing else is changed."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote

from attrs import evolve

from broadcast_core.batching import Item, Outgoing, Request
from broadcast_core.batching.headers import request_headers
from broadcast_core.delivery import prepare
from broadcast_core.destinations.capabilities import Signs
from broadcast_core.destinations.description import SecretPlace
from broadcast_core.errors import BroadcastError
from broadcast_core.secrets import Secrets
from broadcast_core.testing.conformance.corpus import many
from broadcast_core.testing.conformance.expect import expect_nothing
from broadcast_core.testing.conformance.formats import check_body
from broadcast_core.testing.conformance.subject import NOW, Subject

_LONG = "long" * 15
"""The ending of a key that is as long as keys are."""
_MAX_TRIED = 30_000_000
Sent: TypeAlias = Callable[..., Outgoing]
"""Makes a request ready, given secrets and an attempt."""


def secret_laws(subject: Subject) -> type:
    """Return the laws of the secrets of a destination."""
    destination = subject.destination

    def requests() -> Sequence[Request]:
        check = destination.check(subject.config)
        return (*subject.plan(many("s")).requests, *([check] if isinstance(check, Request) else []))

    def sent(request: Request, secrets: Mapping[str, str], attempt: int = 1) -> Outgoing:
        return prepare(request, subject.route(), secrets, now=NOW, attempt=attempt)

    class Laws:
        """Secrets come at delivery alone."""

        def test_no_secret_reaches_a_plan(self) -> None:
            """Nothing that is planned after secrets were given holds one: no header, URL, body or repr."""
            for request in requests():
                subject.authorize(request, subject.secrets())
                sent(request, subject.secrets())
            after = subject.plan(many("s"))
            shown = f"{after!r} {subject.config!r} {destination.describe()!r} {destination!r} {requests()!r}"
            held = [_all_of(request) for request in requests()]
            stored = pickle.dumps((after, destination))

            for name, secret in _made_up(subject):
                assert secret not in shown, f"the secret {name} is in a repr"
                assert not any(form in one for one in held for form in _forms(secret)), f"{name} is in a plan"
                assert secret.encode() not in stored, f"{name} is kept by the destination"

        def test_no_repr_of_an_authorized_request_shows_a_secret(self) -> None:
            """Reports of errors show what they meet."""
            for request in requests():
                shown = repr(subject.authorize(request, subject.secrets()))
                shown += repr(sent(request, subject.secrets()))
                expect_nothing([name for name, one in _made_up(subject) if one in shown], "secrets in a repr")

        def test_secrets_go_where_they_are_declared_to(self) -> None:
            """One of a header is in no URL and no body; one that signs is nowhere."""
            described = destination.describe().secrets
            for request in requests():
                outgoing = prepare(request, subject.route(), subject.secrets(), now=NOW, compress=False)
                for name, secret in _made_up(subject):
                    found = [place for place, text in _places(outgoing).items() if _holds(text, secret)]
                    assert set(found) <= {described[name].place}, f"the secret {name} is in the {found}"

        def test_each_secret_is_used(self) -> None:
            """Another value changes what goes out, where the secret is declared to go."""
            described = destination.describe().secrets
            needed = {name for name, one in described.items() if one.required}
            for name, secret in _made_up(subject):
                alone = {key: value for key, value in subject.secrets().items() if key in {name, *needed}}
                used = any(
                    _differs(
                        sent, request, given, {**given, name: f"{secret}-otherwise"}, described[name].place
                    )
                    for request in requests()
                    for given in (alone, dict(subject.secrets()))
                )
                assert used, f"the secret {name} changes nothing: authorize or sign does not use it"

        def test_no_secret_of_before_is_used(self) -> None:
            """Keys are changed, and routes have keys of their own: what was given before is forgotten."""
            for request in requests():
                sent(request, subject.secrets("before"))
                after = _all_of(sent(request, subject.secrets("after")))
                before = dict(_made_up(subject, "before"))
                expect_nothing(
                    [name for name, one in before.items() if _holds(after, one)], "secrets of before"
                )

        def test_each_attempt_is_authorized(self) -> None:
            """A secret that the first attempt has in a header, a body or the URL is in the others too."""
            for request in requests():
                first, *others = (_with_secrets(subject, sent, request, attempt) for attempt in (1, 2, 3, 7))
                for later in others:
                    expect_nothing(first - later, "secrets that an attempt lacks, which the first has")

        def test_authorize_keeps_the_headers(self) -> None:
            """All that were planned are there, with their values."""
            for request in requests():
                after = {name.lower(): value for name, value in _both(subject, request).headers.items()}
                lost = [name for name, value in request.headers.items() if after.get(name.lower()) != value]
                expect_nothing(lost, "headers that authorize drops or changes")

        def test_authorize_keeps_the_items(self) -> None:
            """Secrets are around items and not in them; the method, route and limits are as planned."""
            for request in requests():
                after = _both(subject, request)
                assert [one.body for one in request.items] == [one.body for one in after.items], (
                    "items are changed"
                )
                named = [one.generations for one in request.items]
                assert named == [one.generations for one in after.items], "items speak of others"
                assert (request.method, request.route) == (after.method, after.route), "the method is changed"
                assert request.endpoint.name == after.endpoint.name, "it goes to another endpoint"

        def test_an_authorized_body_is_what_it_says(self) -> None:
            """A key in the envelope leaves it JSON, lines, or whatever its content type says."""
            for request in requests():
                if request.items:
                    check_body(subject.authorize(request, subject.secrets()))

        def test_a_full_request_has_room_for_its_secrets(self) -> None:
            """Where a body is filled to the limit, also by keys that are long: `reserved` is left free."""
            secrets = Secrets(subject.secrets(_LONG))
            for request in requests():
                if request.items and request.endpoint.capacity < _MAX_TRIED:
                    sent(_full(request), secrets)

        def test_headers_are_texts_that_can_be_sent(self) -> None:
            """Planned, authorized and signed: names of letters and hyphens, values in ASCII."""
            for request in requests():
                for one in (request, _both(subject, request), sent(request, subject.secrets())):
                    request_headers(dict(one.headers))

        def test_authorize_needs_no_secret_that_is_optional(self) -> None:
            """It raises nothing with the required ones alone, at any attempt."""
            described = destination.describe().secrets
            needed = {name: value for name, value in subject.secrets().items() if described[name].required}
            for request in requests():
                for attempt in (1, 2, 7):
                    sent(request, needed, attempt)

        def test_errors_quote_no_secret(self) -> None:
            """A secret that no header takes is told without its text."""
            for name, secret in _made_up(subject):
                odd = {**subject.secrets(), name: f"{secret}\n\u00e9"}
                for request in requests():
                    try:
                        sent(request, odd)
                    except Exception as error:  # noqa: BLE001  # whatever it says is looked at
                        told = f"{error} {error!r}"
                        assert secret not in told, f"an error quotes the secret {name}"

        def test_authorize_is_the_same_each_time(self) -> None:
            """With the same time and attempt."""
            for request in requests():
                first, second = sent(request, subject.secrets()), sent(request, subject.secrets())
                assert _all_of(first) == _all_of(second), "another result with the same time and attempt"

        def test_sign_keeps_headers_and_body(self) -> None:
            """It adds a signature, and changes nothing else."""
            if not isinstance(destination, Signs):
                return
            for request in requests():
                after = _both(subject, request)
                before = Outgoing(method=after.method, url=after.url, headers=after.headers, body=after.body)
                signed = destination.sign(before, subject.config, subject.secrets(), NOW)
                assert (before.method, bytes(before.body)) == (signed.method, bytes(signed.body)), (
                    "body or method"
                )
                assert set(before.headers.items()) <= set(signed.headers.items()), "a header is changed"

    return Laws


def _with_secrets(subject: Subject, sent: Sent, request: Request, attempt: int) -> set[tuple[str, str]]:
    """Return the secrets that an attempt has, by name and place."""
    places = _places(sent(request, subject.secrets(), attempt))
    made_up = dict(_made_up(subject))
    return {
        (name, place) for name, one in made_up.items() for place, text in places.items() if _holds(text, one)
    }


def _full(request: Request) -> Request:
    """Return a request whose body has as many bytes as may be planned."""
    endpoint = request.endpoint
    items: list[Item] = []
    free = endpoint.max_planned - len(endpoint.prefix) - len(endpoint.suffix)
    while free > 0 and len(items) < endpoint.max_items:
        items.append(evolve(request.items[0], body=b"1" * min(endpoint.capacity, free), rows=1))
        free -= len(items[-1].body) + len(endpoint.separator)
    return Request.planned(route=request.route, endpoint=endpoint, items=tuple(items))


def _both(subject: Subject, request: Request) -> Request:
    return subject.authorize(request, subject.secrets())


def _made_up(subject: Subject, ending: str = "one") -> Iterator[tuple[str, str]]:
    """Yield the secrets that are made up by name: those can be searched for, and changed."""
    for name, value in subject.secrets(ending).items():
        if name not in subject.given:
            yield name, str(value)


def _all_of(request: Request | Outgoing) -> str:
    return f"{request.url!s} {_headers(request)} {bytes(request.body)!r}"


def _headers(request: Request | Outgoing) -> str:
    return " ".join(f"{name}: {value!s};" for name, value in request.headers.items())


def _places(outgoing: Outgoing) -> dict[SecretPlace, str]:
    return {
        "url": str(outgoing.url),
        "header": _headers(outgoing),
        "body": bytes(outgoing.body).decode("latin-1"),
    }


def _forms(secret: str) -> tuple[str, ...]:
    return (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode())


def _holds(text: str, secret: str) -> bool:
    return any(form in text for form in _forms(secret))


def _differs(
    sent: Sent, request: Request, one: Mapping[str, str], other: Mapping[str, str], place: SecretPlace
) -> bool:
    """Tell whether two sets of secrets give two requests, in the place where the secret goes."""
    try:
        first, second = sent(request, one), sent(request, other)
    except (BroadcastError, ValueError):
        return True  # a value of another form is refused, so that it is looked at
    if place == "signature":
        return _all_of(first) != _all_of(second)
    return _places(first)[place] != _places(second)[place]
