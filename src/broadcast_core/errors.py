"""The errors of broadcast, under one root, grouped by what the caller should do.

BroadcastError                 any of them
  ArgumentError                call the function in another way
    ArgumentTypeError          give it a value of another type
  FieldError                   give the field of a record, a policy or a rule another value
  RecordError                  mend the record
  JsonError                    mend the text, or the value (broadcast_core.jsontext)
  ConfigError                  mend the configuration
  StateError                   use another copy of the state, or begin anew
  SecretError                  load secrets again where they are needed
  DestinationNotFound          install the plugin
  MissingPackage               install the package
  BrokenDestination            repair or remove the plugin
  PluginFault                  repair the plugin: it gave what its contract does not allow

Beside them stands `HostInterrupt`, which nothing here catches.
"""

from __future__ import annotations

import copyreg
from typing import Any

from broadcast_core.diagnostics import Problem

_BEGIN = "use an older copy, or remove it: late requests of traces that are open then make new ones"


class BroadcastError(Exception):
    """Any error that broadcast raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the text and the attributes, whatever a constructor takes."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class ArgumentError(BroadcastError, ValueError):
    """A function was given what it cannot use. Call it as the message says."""


class ArgumentTypeError(ArgumentError, TypeError):
    """A function was given a value of a type that it does not take. Give one of the type that it names."""


class FieldError(BroadcastError, ValueError):
    """A field of a record, a policy or a rule does not take a value. Give it one that the message names."""


class SecretError(BroadcastError, TypeError):
    """What may hold a secret was to be pickled. Load it again where it is needed."""


class RecordError(BroadcastError, ValueError):
    """A record that breaks the rules; `problems` has every mistake, each with its path. Mend the record."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


class ConfigError(BroadcastError, ValueError):
    """Options that a destination cannot use; `problems` has every mistake. Mend the configuration."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


class StateError(BroadcastError, ValueError):
    """A text that cannot be used as state; what to do instead is its advice.

    `what` says what is wrong, `path` where in the text (`$.routes[0]`). Nothing that stands there is quoted.
    Only the first mistake is told: nobody mends such a text by hand.
    """

    def __init__(self, what: str, path: str = "$", advice: str = _BEGIN) -> None:
        self.what, self.path, self.advice = what, path, advice
        super().__init__(f"{what} @ {path}; {advice}")


class DestinationNotFound(BroadcastError, LookupError):
    """No installed plugin offers the destination. Install it, or use one of `known`.

    `wheel` is the one of ours that offers it. No other is advised: anyone can register a package of any name.
    """

    def __init__(self, name: str, known: tuple[str, ...], wheel: str | None = None) -> None:
        self.name = name
        self.known = known
        self.wheel = wheel
        have = f"installed: {', '.join(known)}" if known else "none is installed"
        advice = (
            f"Install the plugin that offers it: pip install {wheel}"
            if wheel
            else "Use one that is installed, or write it: docs/new-destination.md says how"
        )
        super().__init__(f"no destination {name!r} ({have}). {advice}")


class MissingPackage(BroadcastError, ImportError):
    """What was asked for needs a package that is not installed. Install it as the message says."""


class BrokenDestination(BroadcastError, RuntimeError):
    """A plugin is installed and cannot be used; `plugin` names its package. Repair or remove it.

    `advice` is what to do where that is known.
    """

    def __init__(self, name: str, plugin: str, reason: str, advice: str = "") -> None:
        self.name = name
        self.plugin = plugin
        self.reason = reason
        self.advice = advice
        what_next = advice or f"Reinstall or remove {plugin}"
        super().__init__(f"the destination {name!r} of {plugin} is broken: {reason}. {what_next}")

    @property
    def explanation(self) -> str:
        """The reason, and what to do where that is known."""
        return f"{self.reason}. {self.advice}" if self.advice else self.reason


class PluginFault(BroadcastError, RuntimeError):
    """A plugin gave what the contract of a destination does not allow. Repair it."""


class HostInterrupt(BaseException):
    """Raised through a plugin by whoever runs it: no fault of the plugin, and nothing on the way catches it.

    As `KeyboardInterrupt`; every other exception that comes out of a plugin is its fault. Derive your own.
    """
