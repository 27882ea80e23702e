"""Proof that a mapping is pure: in `blocked()` network, clock, dice, files, environment and threads raise.

Two nets. Python's own audit events tell of files, sockets, processes and the like, whoever touches them.
Clocks, dice and the environment have no such events: their functions are replaced, in their own modules and
in those of the packages that are watched, whatever they are called there. A C extension that reads a clock of
its own is not seen. Before Python 3.12 the first net is not there under coverage, or in a debugger.
"""

from __future__ import annotations

import contextvars
import datetime as datetimes
import os
import random
import sys
import threading
import time
import types
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest.mock import patch

from broadcast_core.errors import HostInterrupt


class SideEffectError(HostInterrupt):
    """Code that must be pure touched the world. No `except Exception` on the way hides it."""


_CLOCKS = (
    "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time",
    "process_time_ns", "thread_time", "sleep", "gmtime", "localtime", "ctime", "strftime",
)  # fmt: skip
_DICE = (
    "random", "randint", "randrange", "choice", "choices", "sample", "shuffle", "uniform", "gauss",
    "getrandbits", "randbytes", "Random", "SystemRandom",
)  # fmt: skip
_TOUCHES: tuple[tuple[Any, str], ...] = (
    *((time, name) for name in _CLOCKS),
    *((random, name) for name in _DICE),
    *((os, name) for name in ("urandom", "getenv", "getpid", "environ", "environb", "getrandom", "times")),
    *((uuid, name) for name in ("uuid1", "uuid4")),
    (threading.Thread, "start"),
)
_EVENTS = (
    "open", "socket.", "subprocess.", "os.", "shutil.", "glob.", "tempfile.", "urllib.", "http.", "ftplib.",
    "smtplib.", "sqlite3.", "ctypes.dlopen", "webbrowser.", "winreg.", "_thread.start_new_thread",
)  # fmt: skip
_blocking: contextvars.ContextVar[bool] = contextvars.ContextVar("blocking", default=False)
_hooked: list[bool] = []


def breaks_tracing() -> bool:
    """Tell whether audit events cannot be listened to: it would break threads of a process that is traced.

    Before 3.12, CPython runs audit hooks amid `sys.settrace`. What a hook, or the collector then, lets in may
    be another thread, whose own `settrace` raises: under coverage or a debugger it dies before it ran.
    """
    return sys.version_info < (3, 12) and sys.gettrace() is not None


@contextmanager
def blocked(*packages: str) -> Iterator[None]:
    """Make side effects raise `SideEffectError`; `packages` are those whose own names are watched too."""
    if not _hooked and not breaks_tracing():
        sys.addaudithook(_audit)  # it stays for the life of the process, and does nothing outside of here
        _hooked.append(True)
    with ExitStack() as stack:
        for owner, name in _TOUCHES:
            if hasattr(owner, name):
                stack.enter_context(patch.object(owner, name, _refused(owner, name)))
        for module in _watched(packages):
            for name, value in _impure(module):
                stack.enter_context(patch.object(module, name, value))
        token = _blocking.set(True)
        try:
            yield
        finally:
            _blocking.reset(token)


def _audit(event: str, _arguments: object) -> None:
    if _blocking.get() and event.startswith(_EVENTS):
        raise SideEffectError(f"{event}: {_ADVICE}")


def _watched(packages: tuple[str, ...]) -> list[types.ModuleType]:
    modules = list(sys.modules.values())
    return [one for one in modules if one.__name__.split(".")[0] in packages and one.__name__ != __name__]


def _impure(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield each name of a module that stands for something impure, and what takes its place."""
    originals = {id(value): refused for value, refused in _ORIGINALS}
    for name, value in list(vars(module).items()):
        if value is datetimes.datetime:
            yield name, _NoClock
        elif value is datetimes:
            yield name, _NO_CLOCK_MODULE
        elif id(value) in originals:
            yield name, originals[id(value)]


_ADVICE = "pass the value in, or derive it from the record"


class _Refusing:
    """Stands for a function or a mapping of the world: any use of it raises."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *_args: object, **_kwargs: object) -> NoReturn:
        self._refuse()

    def __getitem__(self, _key: object) -> NoReturn:
        self._refuse()

    def __contains__(self, _key: object) -> NoReturn:
        self._refuse()

    def __iter__(self) -> NoReturn:
        self._refuse()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)  # Python asks for these itself
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise SideEffectError(f"{self._name} was used: {_ADVICE}")


def _refused(owner: Any, name: str) -> Any:
    refusing = _Refusing(f"{owner.__name__}.{name}")
    if isinstance(owner, type):  # a method gets the object too
        return lambda *args, **kwargs: refusing(*args, **kwargs)
    return refusing


_ORIGINALS = [
    (getattr(owner, name), _refused(owner, name))
    for owner, name in _TOUCHES
    if not isinstance(owner, type) and hasattr(owner, name)
]


class _AnyDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetimes.datetime)


class _NoClock(datetimes.datetime, metaclass=_AnyDatetime):
    """`datetime` without the clock."""

    now = utcnow = today = staticmethod(_Refusing("datetime.now"))


_NO_CLOCK_MODULE = types.SimpleNamespace(**{**vars(datetimes), "datetime": _NoClock})
