"""Proof that a mapping is pure: inside `blocked()` network, clock, dice, files and threads raise."""

from __future__ import annotations

import builtins
import datetime as datetimes
import os
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest.mock import patch


class SideEffectError(BaseException):
    """Code that must be pure touched the world. No `except Exception` on the way hides it."""


_TOUCHES: tuple[tuple[Any, str], ...] = (
    *((time, name) for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep")),
    *((random, name) for name in ("random", "randint", "choice", "getrandbits", "randbytes", "shuffle")),
    *((os, name) for name in ("urandom", "getenv", "open", "getpid")),
    *((uuid, name) for name in ("uuid1", "uuid4")),
    *((socket, name) for name in ("socket", "create_connection", "getaddrinfo")),
    (subprocess, "Popen"),
    (threading.Thread, "start"),
    (builtins, "open"),
)


@contextmanager
def blocked(*packages: str) -> Iterator[None]:
    """Make side effects raise `SideEffectError`; `packages` are those whose `datetime` is watched too."""
    with ExitStack() as stack:
        for owner, name in _TOUCHES:
            stack.enter_context(patch.object(owner, name, _refusing(f"{owner.__name__}.{name}")))
        for module in list(sys.modules.values()):
            if (
                module.__name__.split(".")[0] in packages
                and getattr(module, "datetime", None) is datetimes.datetime
            ):
                stack.enter_context(patch.object(module, "datetime", _NoClock))
        yield


def _refusing(name: str) -> Any:
    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise SideEffectError(f"{name} was called: pass the value in, or derive it from the record")

    return refuse


class _AnyDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetimes.datetime)


class _NoClock(datetimes.datetime, metaclass=_AnyDatetime):
    """`datetime` without the clock."""

    now = utcnow = today = staticmethod(_refusing("datetime.now"))
