"""What a key of settings names, of what a destination declares."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast_core.destinations import Description, Secret, option
from broadcast_core.settings.declared import Declared, snake_case

WORDS = st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map("_".join).filter(lambda name: not name[0].isdigit())


def _declared(*names: str, secrets: tuple[str, ...] = (), **other: str) -> Declared:
    """Return the options of some names, and others by their key in OpenRouter's config."""
    fields = {name: option(None, "It.") for name in names}
    fields |= {name: option(None, "It.", openrouter=key) for name, key in other.items()}
    body = {"__annotations__": dict.fromkeys(fields, "str | None"), **fields}
    config = attrs.frozen(kw_only=True)(type("Config", (), body))
    return Declared.of(Description(config=config, secrets={name: Secret(help="It.") for name in secrets}))


@given(name=NAMES)
def test_every_option_is_found_by_its_name_and_by_the_key_of_openrouter(name: str) -> None:
    """Whatever words it is made of."""
    declared = _declared(name)

    assert [name, name] == [declared.option(name), declared.option(declared.openrouter_key(name))]


def test_the_key_that_an_option_names_is_its_own() -> None:
    """Also where another option has that name; its name in either spelling is good too."""
    declared = _declared("endpoint", server_url="endpoint")

    assert ["server_url"] * 3 == [declared.option(key) for key in ("endpoint", "serverUrl", "server_url")]
    assert ("endpoint", "endpoint") == declared.openrouter_keys(like="x")
    assert ("endpoint", "server_url") == declared.openrouter_keys(like="x_y")


@pytest.mark.parametrize(
    "key", ["access_key", "accessKey", "AccessKey", "access-key", "ACCESS_KEY", "accesskey"]
)
def test_a_secret_is_found_in_any_spelling(key: str) -> None:
    """It is one wherever it stands."""
    assert "access_key" == _declared("bucket", secrets=("access_key",)).secret(key)


def test_an_option_is_no_secret() -> None:
    """Where both have the same letters, the exact name is the option's."""
    declared = _declared("api_key", secrets=("apikey",))

    assert (None, "apikey") == (declared.secret("api_key"), declared.secret("apiKey"))


def test_every_route_may_have_a_key_that_hashes() -> None:
    """Of a destination that is not known, nothing else is declared."""
    assert "hash_key" == _declared("x").secret("hashKey") == Declared().secret("hash_key")
    assert (None, None) == (Declared().option("x"), Declared().secret("api_key"))


CASES = [("apiKey", "api_key"), ("APIKey", "api_key"), ("baseURL", "base_url"), ("s3Bucket", "s3_bucket")]


@pytest.mark.parametrize(("key", "expected"), [*CASES, ("X-Api-Key", "x_api_key"), ("a_b", "a_b")])
def test_keys_in_our_spelling(key: str, expected: str) -> None:
    """Words begin where a letter is large, and one of capitals ends before the next."""
    assert expected == snake_case(key)
