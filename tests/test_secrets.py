"""Secrets hide themselves in whatever shows, logs, copies or pickles them, and are sent as they are."""

from __future__ import annotations

import copy
import pickle
from typing import Any, NoReturn

import pytest

from broadcast_core import Secrets
from broadcast_core.secrets import HashKeys, SecretBytes, SecretsByRoute, SecretText
from tests.reports import report, shown

KEY = "k3y-canary-7f"
HOLDERS: dict[str, Any] = {
    "text": SecretText(KEY),
    "the beginning of a text": SecretText(KEY)[:10],
    "bytes": SecretBytes(KEY.encode()),
    "the beginning of bytes": SecretBytes(KEY.encode())[:10],
    "secrets": Secrets({"api_key": KEY}),
    "values": list(Secrets({"api_key": KEY}).values()),
    "a plain mapping of them": dict(Secrets({"api_key": KEY})),
    "by route": SecretsByRoute({"support": {"api_key": KEY}}),
    "hash keys": HashKeys({"support": KEY}),
    "of a route": SecretsByRoute({"support": {"api_key": KEY}})["support"],
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_a_secret_is_shown_by_nothing(holder: Any) -> None:
    """Nor is a copy of it; what is text can be made plain text by who wants it."""
    plain = "" if isinstance(holder, str) else shown(holder)
    text = plain + shown([holder]) + shown([copy.copy(holder)]) + shown([copy.deepcopy(holder)])

    assert "k3y" not in text
    assert "****" in text
    with pytest.raises(TypeError, match="secrets are not pickled: load them again where they are needed"):
        pickle.dumps(holder)


def test_a_secret_is_sent_as_it_is() -> None:
    """Text and bytes like any other."""
    secrets = Secrets({"api_key": KEY, "other": None})

    assert (KEY, f"Bearer {KEY}", KEY.encode()) == (
        str(secrets["api_key"]),
        f"Bearer {secrets['api_key']}",
        secrets["api_key"].encode(),
    )
    assert (1, ["api_key"], None) == (len(secrets), list(secrets), secrets.get("other"))
    assert "k3y" == SecretText(KEY)[:3]
    assert (SecretBytes(KEY.encode()), ord("3")) == (KEY.encode(), SecretBytes(KEY.encode())[1])


def test_secrets_show_their_names() -> None:
    """So that a person sees which there are."""
    assert "Secrets(api_key=****, hash_key=****)" == repr(Secrets({"api_key": KEY, "hash_key": KEY}))


def test_secrets_of_routes_are_found_by_name() -> None:
    """There are none of a route that nobody named."""
    secrets = SecretsByRoute({"support": {"api_key": KEY}})

    assert ({"api_key": KEY}, {}) == (dict(secrets.of("support")), dict(secrets.of("audit")))
    assert (["support"], 1, False) == (list(secrets), len(secrets), "audit" in secrets)
    assert {} == dict(SecretsByRoute(None))


def test_secrets_can_be_wrapped_twice() -> None:
    """By each function that they pass."""
    assert {"api_key": KEY} == dict(Secrets(Secrets({"api_key": KEY})))
    assert {"api_key": KEY} == dict(SecretsByRoute(SecretsByRoute({"a": {"api_key": KEY}})).of("a"))


WRONG: dict[str, tuple[Any, str]] = {
    "a text": (KEY, "expected the secrets of a route by name, got a str: give {name: text}"),
    "no texts": ({"a": KEY.encode(), "b": 5}, "expected texts as secrets, got 'a', a bytes, 'b', a int"),
}


@pytest.mark.parametrize(("values", "message"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("times", [1, 2])
def test_what_is_no_secret_is_told_when_it_is_asked_for(values: Any, message: str, times: int) -> None:
    """By its kind; only then, since whoever wraps it still holds it plainly."""
    secrets = Secrets(values) if times == 1 else Secrets(Secrets(values))
    for asked in (dict, list, lambda given: given.get("api_key")):
        with pytest.raises(TypeError) as caught:
            asked(secrets)

        assert message == str(caught.value)
        assert "k3y" not in report(caught.value) + shown(secrets)


@pytest.mark.parametrize("given", [KEY, ["support"], 5], ids=["text", "list", "number"])
def test_what_is_no_mapping_of_hash_keys_is_told(given: Any) -> None:
    """As a key alone, given for that of a route."""
    with pytest.raises(TypeError) as caught:
        HashKeys(given).get("support")

    kind = type(given).__name__
    expected = f"expected hash keys by the name of their route, got a {kind}: give {{route: text}}"
    assert expected == str(caught.value)
    assert "k3y" not in report(caught.value)


@pytest.mark.parametrize("asked", [list, len, lambda given: given.of("support")], ids=["list", "len", "of"])
def test_what_is_no_mapping_of_routes_is_told(asked: Any) -> None:
    """As a key alone, given for the secrets of all routes."""
    with pytest.raises(TypeError) as caught:
        asked(SecretsByRoute(KEY))  # type: ignore[arg-type]

    expected = "expected secrets by the name of their route, got a str: give {route: {name: text}}"
    assert expected == str(caught.value)
    assert "k3y" not in report(caught.value)


class Failing(dict[str, str]):
    """A mapping whose items cannot be had."""

    def items(self) -> NoReturn:  # type: ignore[override]
        """Raise."""
        raise RuntimeError("a fault that nobody foresaw")


def test_secrets_that_are_half_made_can_be_shown() -> None:
    """In the report of the error that stopped them."""
    with pytest.raises(RuntimeError, match="nobody foresaw") as caught:
        Secrets(Failing())

    assert "self = Secrets()" in report(caught.value)
