"""Secrets in the keyring of the system: a service for each route, with a password for each of its secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from broadcast_core.cli.errors import MISSING, UNUSABLE, CommandError
from broadcast_core.secrets import SecretText

INSTALL = "pip install 'broadcast-core[keyring]'"
_NO_BACKEND = (
    "has no keyring that can be used: leave --keyring out, and a file of yours alone has the secrets"
)
T = TypeVar("T")


def read_keyring(service: str, name: str) -> SecretText:
    """Return a secret; raise `CommandError` where the keyring has none, or is none."""
    found = _asked(lambda keyring: keyring.get_password(service, name), f"the secret {name!r} of {service!r}")
    if found is None:
        what = f"the keyring has no secret {name!r} of {service!r}"
        raise CommandError(f"{what}: add the route anew, or put the secret into its file", code=UNUSABLE)
    return SecretText(found)


def write_keyring(service: str, name: str, value: SecretText) -> None:
    """Keep a secret; raise `CommandError` where the keyring does not take it."""
    _asked(lambda keyring: keyring.set_password(service, name, str(value)), f"the secret {name!r}")


def delete_keyring(service: str, name: str) -> None:
    """Forget a secret, where the keyring has it."""

    def delete(keyring: Any) -> None:
        if keyring.get_password(service, name) is not None:
            keyring.delete_password(service, name)

    _asked(delete, f"the secret {name!r} of {service!r}")


def check_keyring() -> None:
    """Raise `CommandError` where there is no keyring that can be used."""
    keyring = _keyring()
    if keyring.get_keyring().priority <= 0:
        raise CommandError(f"this system {_NO_BACKEND}", code=UNUSABLE)


def _asked(ask: Callable[[Any], T], what: str) -> T:
    """Return what the keyring gives; its errors quote nothing, since they may hold what it was given."""
    keyring = _keyring()
    try:
        return ask(keyring)
    except keyring.errors.NoKeyringError:
        why = f"this system {_NO_BACKEND}"
    except Exception as error:  # noqa: BLE001  # each backend has errors of its own
        why = f"the keyring failed on {what} ({type(error).__name__}): see that it is unlocked"
    raise CommandError(why, code=UNUSABLE)


def _keyring() -> Any:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise CommandError(
            f"the secrets are in a keyring, and keyring is not installed here. Install: {INSTALL}",
            code=MISSING,
        ) from None
    return keyring
