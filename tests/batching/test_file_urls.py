"""URLs of files: what each is of, and that no name leads out of its directory."""

from __future__ import annotations

import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadcast_core.batching.address import is_same_server, wrong_address
from broadcast_core.batching.file_urls import FilePlace, directory_url, file_place
from broadcast_core.errors import FieldError

READ = {
    "file:///var/traces/": FilePlace("/var/traces"),
    "file:///var/traces/one.ndjson": FilePlace("/var/traces", "one.ndjson"),
    "file:///var/my%20traces/one-2_=.ndjson": FilePlace("/var/my traces", "one-2_=.ndjson"),
    "file:///var/%C3%A9/": FilePlace("/var/\u00e9"),
    "file:///var/\u00e9/": FilePlace("/var/\u00e9"),
    "file:///var/~me/.hidden/": FilePlace("/var/~me/.hidden"),
    "file:///var/100%25%3F%23/": FilePlace("/var/100%?#"),
    "file:///v/" + "a" * 200: FilePlace("/v", "a" * 200),
}

WRONG = {
    "file:/var/traces/": "does not begin with file:///",
    "file:var/traces/": "does not begin with file:///",
    "file://var/traces/": "does not begin with file:///",
    "file://localhost/var/traces/": "does not begin with file:///",
    "FILE:///var/traces/": "does not begin with file:///",
    "file:": "does not begin with file:///",
    "file:///": "of the root directory",
    "file:///one.ndjson": "of the root directory",
    "file:////": "empty, . or ..",
    "file:////host/share/": "empty, . or ..",
    "file:///var//traces/": "empty, . or ..",
    "file:///var/./traces/": "empty, . or ..",
    "file:///var/../etc/": "empty, . or ..",
    "file:///var/%2E%2e/etc/": "empty, . or ..",
    "file:///var/a%2Fb/": "a slash, a backslash or a control character",
    "file:///var/a%5cb/": "a slash, a backslash or a control character",
    "file:///var/a%00/": "a slash, a backslash or a control character",
    "file:///var/a%0A/": "a slash, a backslash or a control character",
    "file:///var/%FF/": "no UTF-8",
    "file:///var/%ED%A0%80/": "no UTF-8",
    "file:///var/100%/": "encode it as %25",
    "file:///var/%zz/": "encode it as %25",
    "file:///var/traces?x/": "query or a fragment",
    "file:///var/traces#x/": "query or a fragment",
    "file:///var/my traces/": "a space as %20",
    "file:///var/\ttraces/": "a space as %20",
    "file:///var/\ud800/": "a space as %20",
    "file:///var/traces/.hidden": "no name of a file",
    "file:///var/traces/..": "no name of a file",
    "file:///var/traces/%2e%2e": "no name of a file",
    "file:///var/traces/a%2fb": "no name of a file",
    "file:///var/traces/a\\b": "no name of a file",
    "file:///var/traces/a:b": "no name of a file",
    "file:///var/traces/\u00e9": "no name of a file",
    "file:///var/traces/\u0661": "no name of a file",
    "file:///var/traces/-rf": "no name of a file",
    "file:///var/traces/" + "a" * 201: "no name of a file",
}


@pytest.mark.parametrize(("url", "place"), READ.items(), ids=READ)
def test_a_url_is_of_a_directory_and_a_name(url: str, place: FilePlace) -> None:
    """Decoded once."""
    assert place == file_place(url)


@pytest.mark.parametrize(("url", "why"), WRONG.items(), ids=[ascii(url)[:60] for url in WRONG])
def test_a_url_that_is_not_plain_is_wrong(url: str, why: str) -> None:
    """And the words say what to write."""
    with pytest.raises(FieldError, match=why):
        file_place(url)
    assert str(wrong_address(url, "PUT", (url,))).startswith("has a file URL ")


_PARTS = st.lists(
    st.sampled_from(["..", ".", "/", "//", "%2e", "%2E%2e", "%2f", "%2F..", "\\", "%5c", "%00", "\0", "~",
                     "a", "traces", "b.ndjson", ".x", " ", "%", "%252e", "\u2024\u2024", "\uff0f", "?", "#",
                     ";", "@evil", ":", "\n", "C:", "|"])
    | st.text(max_size=4),
    max_size=8,
).map("".join)  # fmt: skip


@given(_PARTS)
@example("../../etc/passwd")
@example("b.ndjson")
def test_whatever_follows_a_directory_is_directly_in_it_or_wrong(tail: str) -> None:
    """However it is written: what the system makes of the path has no other directory."""
    directory = "file:///var/traces/"
    if wrong_address(directory + tail, "PUT", (directory,)) is None:
        place = file_place(directory + tail)
        path = os.path.join(place.directory, place.name)

        assert "/var/traces" == place.directory
        assert tail == place.name
        assert os.path.normpath(path) == path.rstrip("/")
        assert "/" not in tail
        assert not tail.startswith(".")


@given(_PARTS, _PARTS)
def test_urls_of_one_directory_are_of_one_path(one: str, other: str) -> None:
    """No two that the system takes for different ones."""
    urls = f"file:///{one}", f"file:///{other}"
    if is_same_server(*urls):
        assert os.path.dirname(_path(urls[0])) == os.path.dirname(_path(urls[1]))
    assert not is_same_server(urls[0], f"https:///{one}")


def _path(url: str) -> str:
    place = file_place(url)
    return os.path.normpath(place.directory) + "/" + place.name


@pytest.mark.parametrize(
    ("url", "method", "planned", "why"),
    [
        ("file:///a/x", "PUT", ["file:///a/"], None),
        ("file:///a/", "PUT", ["file:///a/"], None),
        ("file:///b%20c/x", "PUT", ["https://a.example", "file:///b%20c/"], None),
        ("https://a.example", "PUT", ["https://a.example", "file:///a/"], None),
        ("https://b.example", "POST", ["https://a.example"], None),
        ("file:///a/x", "PUT", [], "not directly in the directory"),
        ("file:///a/x", "PUT", ["https://a.example/a/"], "not directly in the directory"),
        ("file:///a/x", "PUT", ["file:///b/"], "not directly in the directory"),
        ("file:///a/b/x", "PUT", ["file:///a/"], "not directly in the directory"),
        ("file:///x", "PUT", ["file:///a/"], "of the root directory"),
        ("file:///a/x", "POST", ["file:///a/"], "PUT alone writes one"),
        ("file:///a/x", "put", ["file:///a/"], "PUT alone writes one"),
        ("https://a.example", "PUT", ["file:///a/"], "its endpoint is a directory"),
        (" file:///a/x", "PUT", ["file:///a/"], "spaces or control characters"),
        ("fi\tle:///a/x", "PUT", ["file:///a/"], "spaces or control characters"),
        ("ftp://a.example", "PUT", ["file:///a/"], "no URL that begins with https"),
    ],
)  # fmt: skip
def test_an_address_is_of_what_was_planned(
    url: str, method: str, planned: list[str], why: str | None
) -> None:
    """Files go where files were planned to, and nothing else does."""
    what = wrong_address(url, method, planned)

    assert (why is None) == (what is None)
    assert (why or "") in (what or "")


@pytest.mark.parametrize("given", ["file:///var/traces", "file:///var/traces/"])
def test_a_directory_has_one_url(given: str) -> None:
    """Whatever ends it."""
    assert "file:///var/traces/" == directory_url(given)
