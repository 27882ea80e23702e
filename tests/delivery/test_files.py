"""Who may write a file: a route whose endpoint is a directory, there alone, whoever says otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import example, given
from hypothesis import strategies as st

from broadcast_core import Endpoint, Request, Response, Route
from broadcast_core.batching.file_urls import file_place
from broadcast_core.delivery import prepare, retried, split, verdicts
from broadcast_core.delivery.place import needs_http, place_name
from broadcast_core.delivery.stored.requests import StoredRequest, requests_of, stored
from broadcast_core.destinations import Delivered, Doubtful, FollowUp, Retry
from broadcast_core.errors import PluginFault, StoredFormError
from tests.delivery.sink import KEY, NOW, ROWS, Reading, Signing, Sink, request_of

HERE = "file:///var/traces/"
ONE_AGAIN = (Retry("busy"), Delivered())
FILES = Endpoint.of_lines(name="rows", url=HERE, method="PUT", on_resend="merges_request")


@frozen(kw_only=True)
class Files(Sink):
    """Writes files into a directory; `address` and `sign` give the URL that a test gives."""

    kinds: tuple[Endpoint, ...] = (FILES,)
    named: str | None = f"{HERE}one.ndjson"
    signed: str | None = None

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """Those that a test gives."""
        return self.kinds

    def address(self, request: Request, config: Any) -> Request:
        """What a test gives."""
        return request.addressed(url=self.named)

    def sign(self, outgoing: Any, config: Any, secrets: Any, now: Any) -> Any:
        """What a test gives."""
        return outgoing if self.signed is None else evolve(outgoing, url=self.signed)


def _route(destination: Any) -> Route:
    return Route.to(destination, name="sink")


def _file(url: str | None = f"{HERE}one.ndjson", endpoint: Endpoint = FILES) -> Request:
    return request_of(2, endpoint).addressed(url=url)


ELSEWHERE = (
    "file:///etc/cron.d/one",
    "file:///var/one",
    "file:///var/traces/below/one",
    "file:///var/traces/../one",
    "file:///var/traces/%2e%2e/one",
    "file:///var/traces/..%2fone",
    "file:///var/traces/.one",
    "file://other/var/traces/one",
    "file:////var/traces/one",
    "FILE:///etc/one",
)
OUT = (*ELSEWHERE, "https://other.example/one")
"""Where no file of a directory may go."""


def test_a_file_goes_out_as_it_was_planned() -> None:
    """With whatever headers, which nobody writes."""
    out = prepare(_file(), _route(Files()), KEY, now=NOW)

    assert ("PUT", f"{HERE}one.ndjson") == (out.method, out.url)
    assert b'{"n":0}\n{"n":1}\n' == out.body


@pytest.mark.parametrize("url", [*ELSEWHERE, f"{HERE}one.ndjson"])
@pytest.mark.parametrize("make", [Sink, Signing], ids=["authorize", "sign"])
def test_a_route_to_a_server_writes_no_file(url: str, make: Any) -> None:
    """Not by `authorize`, nor by `sign`."""

    def adds(request: Request, secrets: Any) -> Request:
        return evolve(request, url=url) if make is Sink else request

    more = {} if make is Sink else {"signs": lambda outgoing: evolve(outgoing, url=url)}
    for method in ("PUT", "POST"):
        endpoint = evolve(ROWS, method=method)
        with pytest.raises(PluginFault, match=r"gives what has (the URL of a file|a file URL)"):
            prepare(request_of(2, endpoint), _route(make(adds=adds, **more)), KEY, now=NOW)


@pytest.mark.parametrize("url", OUT)
@pytest.mark.parametrize("who", ["authorize", "sign", "a request"])
def test_a_route_to_a_directory_writes_nowhere_else(url: str, who: str) -> None:
    """Nor does it go to a server, whose secrets it has not."""

    def adds(request: Request, secrets: Any) -> Request:
        return evolve(request, url=url)

    made = {"authorize": {"adds": adds}, "sign": {"signed": url}, "a request": {}}[who]
    request = _file(url) if who == "a request" else _file()
    with pytest.raises(PluginFault, match=f"{'sign' if who == 'sign' else 'authorize'} gives what has"):
        prepare(request, _route(Files(**made)), KEY, now=NOW)


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "put"])
def test_a_file_is_written_by_put_alone(method: str) -> None:
    """Whoever gave the endpoint."""
    with pytest.raises(PluginFault, match="PUT alone writes one"):
        prepare(_file(endpoint=evolve(FILES, method=method)), _route(Files()), KEY, now=NOW)


WRONG_ENDPOINTS: dict[str, tuple[Any, str]] = {
    "a file": (evolve(FILES, url=HERE + "one"), "one for all requests: give that of its directory"),
    "no PUT": (evolve(FILES, method="POST"), "PUT alone writes one"),
    "compressed": (evolve(FILES, compression="gzip"), "take the compression out"),
    "a host": (evolve(FILES, url="file://host/var/"), "does not begin with file:///"),
}


@pytest.mark.parametrize(("endpoint", "why"), WRONG_ENDPOINTS.values(), ids=WRONG_ENDPOINTS)
def test_an_endpoint_that_is_no_directory_is_a_fault(endpoint: Endpoint, why: str) -> None:
    """Before anything is planned."""
    with pytest.raises(PluginFault, match=why):
        _ = _route(Files(kinds=(endpoint,))).endpoints


@frozen(kw_only=True)
class Unnamed(Sink):
    """Names no file."""

    def endpoints(self, config: Any) -> tuple[Endpoint, ...]:
        """A directory."""
        return (FILES,)


def test_a_directory_needs_names() -> None:
    """Which `address` gives; one that gives none is a fault of its request."""
    with pytest.raises(PluginFault, match="nothing names the files in it"):
        _ = _route(Unnamed()).endpoints
    with pytest.raises(PluginFault, match="is a directory: name a file in it"):
        split(_file(), _route(Files(named=None)))


@pytest.mark.parametrize("url", OUT)
def test_an_address_stays_in_its_directory(url: str) -> None:
    """Of halves, and of what goes again."""
    route = _route(Files(named=url))
    for part in (lambda: split(_file(), route), lambda: retried(_file(), ONE_AGAIN, route)):
        with pytest.raises(PluginFault, match="the address of a request to 'rows' has"):
            part()


@pytest.mark.parametrize("url", [*ELSEWHERE, f"{HERE}one.ndjson"])
def test_nothing_to_a_server_is_addressed_as_a_file(url: str) -> None:
    """Whatever its method."""
    endpoint = evolve(ROWS, method="PUT")
    with pytest.raises(PluginFault, match="the address of a request to 'rows' has"):
        split(request_of(2, endpoint), _route(Files(kinds=(endpoint,), named=url)))


@pytest.mark.parametrize("url", OUT)
def test_no_follow_up_leads_elsewhere(url: str) -> None:
    """Of a file, nor from a server to one."""
    for request, endpoint in ((_file(), FILES), (request_of(2), evolve(ROWS, method="PUT"))):
        asked = Request.planned(route="sink", endpoint=endpoint).addressed(url=url)
        route = _route(Reading(reads=lambda *_, asked=asked: FollowUp(asked)))
        (verdict, *_) = verdicts(request, Response(status=202), route)

        assert isinstance(verdict, Doubtful)
        assert "gave a FollowUp" in verdict.why


def test_a_follow_up_to_a_file_is_a_put() -> None:
    """Nothing else is done with one."""
    asked = Request.planned(route="sink", endpoint=evolve(FILES, method="GET"))
    (verdict, *_) = verdicts(_file(), Response(status=202), _route(Reading(reads=lambda *_: FollowUp(asked))))

    assert isinstance(verdict, Doubtful)
    assert "gave a FollowUp that has the URL of a file, and PUT alone writes one" in verdict.why


def _stored(request: Request, route: Route, **values: Any) -> bytes:
    """Return the line of a request of which some fields of the head are others, as a stranger writes them."""
    form = stored(request, route)
    return StoredRequest(head=json.dumps({**json.loads(form.head), **values}).encode(), body=form.body).line


@pytest.mark.parametrize("url", OUT)
@pytest.mark.parametrize("where", ["url", "packing"])
def test_no_stored_request_leads_elsewhere(url: str, where: str) -> None:
    """Its parts neither: a foreign file is refused before anything of it is sent."""
    for destination, request in ((Files(), _file()), (Sink(), request_of(2))):
        route = _route(destination)
        if where == "url":
            line = _stored(request, route, url=url)
        else:
            packing = json.loads(stored(request, route).head)["packing"]
            line = _stored(request, route, packing={**packing, "url": url, "headers": {}})
        with pytest.raises(StoredFormError, match=r"goes to another server|has a file URL"):
            list(requests_of([line], [route]))


@pytest.mark.parametrize(("values", "why"), [
    ({"method": "DELETE"}, "it has the URL of a file, and PUT alone writes one"),
    ({"url": HERE}, "it is a directory: name a file in it"),
])  # fmt: skip
def test_a_stored_request_is_a_file_or_refused(values: dict[str, str], why: str) -> None:
    """And is no reason for its route to stop."""
    route = _route(Files())
    with pytest.raises(StoredFormError, match=why):
        list(requests_of([_stored(_file(), route, **values)], [route]))


_ATOMS = ["file:", "FILE:", "///", "/", "//", "var", "traces", "..", ".", "%2e%2e", "%2f", "%5c", "\\", "etc",
          "a", "https://", "sink.example", "rows", "localhost", "?", "#", "\0", "%00", " ", "\n"]  # fmt: skip
_URLS = st.lists(st.sampled_from(_ATOMS), max_size=9).map("".join) | st.lists(
    st.sampled_from(_ATOMS), max_size=4
).map(lambda parts: HERE + "".join(parts))


@given(_URLS, _URLS, st.sampled_from(["PUT", "POST", "GET"]), st.booleans())
@example(f"{HERE}a", HERE, "PUT", True)
@example(f"{HERE}a", "file:///etc/", "PUT", True)
@example("https://sink.example/a", "https://sink.example/rows", "POST", False)
@example(f"{HERE}a", HERE, "PUT", False)
def test_a_file_of_a_stranger_writes_into_the_directory_of_the_route_or_nowhere(
    url: str, planned: str, method: str, is_directory: bool
) -> None:
    """Whatever stands in it, what goes out of it, and of its halves, is directly there."""
    route = _route(Files() if is_directory else Sink())
    request = _file() if is_directory else request_of(2)
    packing = {**json.loads(stored(request, route).head)["packing"], "url": planned, "headers": {}}
    line = _stored(request, route, url=url, packing=packing, method=method)
    for one in _sent(lambda: list(requests_of([line], [route]))):
        for part in (one, *_sent(lambda one=one: split(one, route))):
            for out in _sent(lambda part=part: [prepare(part, route, KEY, now=NOW)]):
                if is_directory:
                    place = file_place(out.url)
                    assert ("/var/traces", "PUT") == (place.directory, out.method)
                    assert place.name
                else:
                    assert out.url.startswith("https://sink.example")


def _sent(make: Callable[[], Any]) -> Any:
    """Return what is made; nothing where it is refused."""
    try:
        return make()
    except (StoredFormError, PluginFault):
        return ()


def test_whose_files_they_are_is_told() -> None:
    """By the directory; and only servers need HTTP."""
    files, rows = _route(Files()), _route(Sink())

    assert "sink /var/traces" == place_name(files)
    assert (False, True, True, False) == (
        needs_http([files]),
        needs_http([rows]),
        needs_http([files, rows]),
        needs_http([]),
    )
    assert needs_http([_route(Unnamed())]), "a broken one says so where it is used"


def test_a_stored_file_is_planned_again() -> None:
    """With its name, whatever this release would call it."""
    route, request = _route(Files()), _file(f"{HERE}other.ndjson")

    assert [request] == list(requests_of([stored(request, route).line], [route]))
    assert f"{HERE}one.ndjson" == split(request, route)[0].url
