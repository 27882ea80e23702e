"""No report of an error shows a secret, not even one with the variables of every function on the way."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from broadcast_core import Generation, Identity, Policy, Route, Secrets, Timing, plan
from broadcast_core.cli.errors import CommandError
from broadcast_core.cli.files.settings import load_settings
from broadcast_core.destinations import add_secret_header
from broadcast_core.pipeline.explanation import explain
from broadcast_core.policy import evaluate
from broadcast_core.policy.redaction import users
from broadcast_core.policy.redaction.draft import Draft
from broadcast_core.settings import load
from broadcast_core.settings.secret import SecretSource
from broadcast_core.testing.purity import SideEffectError
from broadcast_core.testing.strategies import EPOCH
from tests.fake import Lines
from tests.reports import report, shown

KEY = "k3y-canary-7f"
ROUTE = Route.to(Lines(), policy=Policy(user_identity="hash"))
GENERATION = Generation(id="a", timing=Timing(start=EPOCH), model="m", identity=Identity(user_id="u"))
SOURCE = SecretSource({"a": {"api_key": KEY}}, {"BROADCAST_B_API_KEY": KEY, "OTHER": KEY})


def _fails(*_arguments: Any, **_options: Any) -> NoReturn:
    raise RuntimeError("a fault that nobody foresaw")


def _leaves(*_arguments: Any) -> NoReturn:
    raise SideEffectError("nothing catches this")


REQUEST = Lines().check({})
MISPLACED = {"name": "a", "destination": "lines", "options": {"api_key": KEY, "dataset": "d"}}
OPENROUTERS = {"name": "a", "type": "lines", "config": {"apiKey": KEY}}
LISTED: list[Any] = [{"name": "a", "destination": "lines"}, [{"api_key": KEY}]]
LISTED[1].append(LISTED)
DEEP: Any = {"token": KEY}
for _ in range(40):
    DEEP = [{"x": DEEP}]
ANYWHERE: dict[str, Any] = {
    "several keys": {"options": {"api_keys": [KEY]}},
    "several keys in capitals": {"options": {"API_KEYS": [KEY]}},
    "beside the settings of a route": {"api_key": KEY},
    "in headers": {"options": {"headers": {"Authorization": KEY, "X-Team": [KEY]}}},
    "in Headers": {"options": {"Headers": {"Cookie": KEY}}},
    "in headers of a config": {"type": "lines", "config": {"headers": {"X-Team": KEY}}},
    "in a list": {"options": {"api-keys": [KEY, {"x": KEY}]}},
    "below a secret": {"options": {"credentials": {"user": {"name": KEY}}}},
    "below something else": {"options": {"server": {"auth": [{"password": KEY}]}}},
    "in what holds itself": {"options": {"x": LISTED}},
    "in what is deep": {"options": {"x": DEEP}},
}
SETTINGS_WITH_KEYS = load(
    [
        {"name": "hashed", "destination": "lines", "user_identity": "hash"},
        {"name": "plain", "destination": "lines"},
    ],
    secrets_file={name: {"hash_key": KEY + "0123456789", "api_key": KEY} for name in ("hashed", "plain")},
    find=lambda name: Lines(),
)
RAISING: dict[str, Callable[[], object]] = {
    "a plan of what are no generations": lambda: plan(5, ROUTE, hash_keys={"lines": KEY}),  # type: ignore[arg-type]
    "a plan with all secrets of a route": lambda: plan(
        [GENERATION],
        ROUTE,
        hash_keys={"lines": {"hash_key": KEY}},  # type: ignore[dict-item]
    ),
    "a plan with a key alone": lambda: plan([GENERATION], ROUTE, hash_keys=KEY),  # type: ignore[arg-type]
    "a plan with a key of bytes": lambda: plan(
        [GENERATION],
        ROUTE,
        hash_keys={"lines": KEY.encode()},  # type: ignore[dict-item]
    ),
    "an explanation of what is no generation": lambda: explain(
        None,  # type: ignore[arg-type]
        ROUTE,
        hash_keys={"lines": KEY},
    ),
    "an explanation with a key alone": lambda: explain(GENERATION, ROUTE, hash_keys=KEY),  # type: ignore[arg-type]
    "a pickle of the keys of settings": lambda: pickle.dumps(SETTINGS_WITH_KEYS.hash_keys),
    "a hash": lambda: users.pseudonymize_users(
        Draft(GENERATION), "hash", Secrets({"hash_key": KEY})["hash_key"]
    ),
    "a secret that no header takes": lambda: add_secret_header(REQUEST, "A", KEY + "\n", "the key", "look"),
    "a secret for what is no request": lambda: add_secret_header(None, "A", KEY, "the key", "look"),  # type: ignore[arg-type]
    "an evaluation that is left": lambda: evaluate(Policy(content_hook=_leaves), GENERATION, hash_key=KEY),
    "settings with secrets from everywhere": lambda: load(
        {"routes": [MISPLACED]},
        environment={"BROADCAST_A_API_KEY": KEY},
        secrets_file={"a": {"api_key": KEY}},
        find=_fails,
    ),
    "settings with a key for the secrets of a route": lambda: load(
        [{"name": "a", "destination": "lines"}],
        secrets_file={"a": KEY},  # type: ignore[dict-item]
        find=lambda name: Lines(),
    ),
    "settings with a key for the environment": lambda: load(MISPLACED, environment=KEY),  # type: ignore[arg-type]
    "one destination object": lambda: load(OPENROUTERS, find=_fails),
    "a list of destination objects": lambda: load([OPENROUTERS], find=_fails),
    "a page of destination objects": lambda: load({"data": [OPENROUTERS]}, find=_fails),
    "an object by its id": lambda: load({"data": OPENROUTERS}, find=_fails),
    "a pickle of settings": lambda: pickle.dumps(
        load(
            [{"name": "a", "destination": "lines"}],
            secrets_file={"a": {"api_key": KEY}},
            find=lambda name: Lines(),
        )
    ),
    "a pickle of a source": lambda: pickle.dumps(SOURCE),
}


@pytest.mark.parametrize("fail", RAISING.values(), ids=RAISING)
def test_a_report_shows_no_secret(fail: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a secret passes, and something fails."""
    monkeypatch.setattr(users.hmac, "new", _fails)
    with pytest.raises((Exception, SideEffectError)) as caught:  # whatever it is
        fail()

    assert "k3y" not in report(caught.value)


@pytest.mark.parametrize("where", ANYWHERE)
def test_a_report_shows_no_secret_that_stands_anywhere_in_settings(where: str) -> None:
    """Whatever will be said of it, and whatever fails before."""
    entry = {"name": "a", "destination": "lines", **ANYWHERE[where]}
    if "type" in entry:
        del entry["destination"]
    for document in ({"routes": [entry]}, {"data": entry}, [entry]):
        with pytest.raises(RuntimeError, match="nobody foresaw") as caught:
            load(document, find=_fails)

        assert "k3y" not in report(caught.value)


def test_reports_see_the_variables_of_functions() -> None:
    """Else the tests of this page would find nothing: settings that are no secret are there."""
    with pytest.raises(RuntimeError) as caught:
        load(MISPLACED | {"type": "lines"}, find=_fails)

    assert "dataset" in report(caught.value)


def test_where_secrets_come_from_is_not_shown() -> None:
    """Not even by what looks into a class."""
    assert "k3y" not in shown(SOURCE) + shown(SOURCE.of("a")) + shown(SOURCE.of("b"))
    assert {"api_key": KEY} == dict(SOURCE.of("b"))


def test_a_plan_is_given_the_keys_of_routes_that_hash_and_no_other_secret() -> None:
    """They are hidden there too."""
    assert SETTINGS_WITH_KEYS.wrong == ()
    assert {"hashed": KEY + "0123456789"} == dict(SETTINGS_WITH_KEYS.hash_keys)
    assert "HashKeys(hashed=****)" == repr(SETTINGS_WITH_KEYS.hash_keys)
    assert "k3y" not in shown(SETTINGS_WITH_KEYS) + shown(SETTINGS_WITH_KEYS.hash_keys)


FILES: dict[str, tuple[bytes, str]] = {
    "no TOML": (f"[a]\napi_key = {KEY}\n".encode(), "no TOML: wrong at line 2, column 11 (write a secret as"),
    "a table twice": (f"[{KEY}]\n[{KEY}]\n".encode(), "no TOML: wrong at line 2, column 15 (write a secret"),
    "an end too soon": (f'[a]\nb = "{KEY}'.encode(), "no TOML: wrong at end of document (write a secret as"),
    "no UTF-8": (f'[a]\napi_key = "{KEY}\xff"\n'.encode("latin-1"), "no TOML: no UTF-8 text"),
    "too deep": (f'b = "{KEY}"\na = {"[" * 9000}'.encode(), "no TOML: a number of too many digits, or"),
    "a number": (f'b = "{KEY}"\na = {"1" * 9000}'.encode(), "no TOML: a number of too many digits, or"),
    "no table": (f'api_key = "{KEY}"\n'.encode(), "expected texts under [api_key], the name of a route"),
    "no text": (f'[a]\nb = "{KEY}"\nport = 5\n'.encode(), "expected texts under [a], the name of a route"),
}


@pytest.mark.parametrize(("text", "message"), FILES.values(), ids=FILES)
def test_a_secrets_file_that_cannot_be_used_is_not_quoted(text: bytes, message: str, tmp_path: Path) -> None:
    """The message says where it is wrong; what the parser knew is not behind it."""
    path = tmp_path / "secrets.toml"
    path.write_bytes(text)
    os.chmod(path, 0o600)
    with pytest.raises(CommandError) as caught:
        load_settings("routes.toml", str(path))

    assert f"{path}: {message}" == str(caught.value)[: len(f"{path}: {message}")]
    assert "k3y" not in report(caught.value)


SETTINGS: dict[str, tuple[str, str]] = {
    "no TOML": ("routes.toml", f'[[routes]]\noptions.api_key = "{KEY}"\nname = \n'),
    "no JSON": ("routes.json", f'{{"type": "opik", "config": {{"apiKey": "{KEY}"}}'),
}


@pytest.mark.parametrize(("name", "text"), SETTINGS.values(), ids=SETTINGS)
def test_settings_with_a_misplaced_secret_are_not_quoted(name: str, text: str, tmp_path: Path) -> None:
    """It has no place there, and whoever reads the report does not learn it."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(CommandError) as caught:
        load_settings(str(path), None)

    assert "k3y" not in report(caught.value)
