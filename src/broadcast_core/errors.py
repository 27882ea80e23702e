"""The errors of broadcast, under one root, in the order of what to do next.

BroadcastError                 any of them
  RecordError                  mend the record
  ConfigError                  mend the configuration
  StateError                   use another copy of the state, or begin anew
  DestinationNotFound          install the plugin
  BrokenDestination            repair or remove the plugin
"""

from __future__ import annotations

from broadcast_core.diagnostics import Problem

_BEGIN = "use an older copy, or remove it: late requests of traces that are open then make new ones"


class BroadcastError(Exception):
    """Any error that broadcast raises on purpose."""


class RecordError(BroadcastError, ValueError):
    """A record that breaks the rules; `problems` has every mistake, each with its path. Mend the record."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type[RecordError], tuple[tuple[Problem, ...]]]:
        return (type(self), (self.problems,))


class ConfigError(BroadcastError, ValueError):
    """Options that a destination cannot use; `problems` has every mistake. Mend the configuration."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        return (type(self), (self.problems,))


class StateError(BroadcastError, ValueError):
    """A text that cannot be used as state; what to do instead is its advice.

    `what` says what is wrong, `path` where in the text (`$.routes[0]`). Nothing that stands there is quoted.
    Only the first mistake is told: nobody mends such a text by hand.
    """

    def __init__(self, what: str, path: str = "$", advice: str = _BEGIN) -> None:
        self.what, self.path, self.advice = what, path, advice
        super().__init__(f"{what} @ {path}; {advice}")

    def __reduce__(self) -> tuple[type[StateError], tuple[str, str, str]]:
        return (type(self), (self.what, self.path, self.advice))


class DestinationNotFound(BroadcastError, LookupError):
    """No installed plugin offers the destination. Install it, or use one of `known`."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        have = f"installed: {', '.join(known)}" if known else "none is installed"
        super().__init__(
            f"no destination {name!r} ({have}). Install the plugin that offers it, "
            f"for example: pip install broadcast-{name}"
        )

    def __reduce__(self) -> tuple[type[DestinationNotFound], tuple[str, tuple[str, ...]]]:
        return (type(self), (self.name, self.known))


class BrokenDestination(BroadcastError, RuntimeError):
    """A plugin is installed and cannot be used; `plugin` names its package. Repair or remove it."""

    def __init__(self, name: str, plugin: str, reason: str) -> None:
        self.name = name
        self.plugin = plugin
        self.reason = reason
        super().__init__(
            f"the destination {name!r} of {plugin} is broken: {reason}. Reinstall or remove {plugin}"
        )

    def __reduce__(self) -> tuple[type[BrokenDestination], tuple[str, str, str]]:
        return (type(self), (self.name, self.plugin, self.reason))
