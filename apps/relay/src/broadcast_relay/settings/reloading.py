"""A file of settings that changes while the relay runs: read, checked whole, then exchanged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from broadcast_core.cli.errors import UNUSABLE, CommandError
from broadcast_core.diagnostics import describe_error
from broadcast_core.errors import BroadcastError
from broadcast_relay.serving.listening import is_loopback
from broadcast_relay.settings.file import Configuration
from broadcast_relay.settings.stamps import Stamp, stamp
from broadcast_relay.settings.table import changed_settings

_LIVE = ("secret_variable", "secret_file", "secret_header", "max_age_hours")
"""Settings that a reload exchanges."""


class Changes:
    """Files that change: a change counts once it is the same at two looks in a row, and so is written."""

    def __init__(self, used: Mapping[str, Stamp]) -> None:
        self._used = self._seen = used

    def have_settled(self, found: Mapping[str, Stamp]) -> bool:
        """Tell whether files, as they are at another look, differ from those in use and rest."""
        seen, self._seen = self._seen, found
        return found == seen and found != self._used


class Reloader:
    """Watches the files of a configuration, and exchanges it when they change, or when asked to.

    `load` reads the files anew and raises `CommandError` with every mistake; `use` takes what it returns,
    whole or not at all. When either fails, the old configuration stays and `report` gets each mistake.
    `count` is called with whether it was used; `host` is the address that the relay listens on.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        load: Callable[[], Configuration],
        use: Callable[[Configuration], None],
        report: Callable[[str], None],
        count: Callable[[bool], None],
        host: str,
        seconds: float = 1.0,
    ) -> None:
        self._configuration = configuration
        self._load, self._use = load, use
        self._report, self._count = report, count
        self._host, self._seconds = host, seconds
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Reload at once; called in the event loop."""
        self._asked.set()

    async def watch(self) -> None:
        """Look at the files again and again."""
        changes = Changes(self._configuration.files)
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), self._seconds)
            found = {file: stamp(file) for file in self._configuration.files}
            if changes.have_settled(found) or self._asked.is_set():
                self._asked.clear()
                is_used = await asyncio.to_thread(self.reload)
                changes = Changes(self._configuration.files if is_used else found)

    def reload(self) -> bool:
        """Read the files and use what they say; return False, and keep the old, when anything is wrong."""
        try:
            new = self._load()
            self._check(new)
            self._use(new)
        except CommandError as error:
            return self._refuse(error.lines)
        except BroadcastError as error:
            return self._refuse([str(error)])
        except Exception as error:  # noqa: BLE001  # whatever fails, the relay goes on as it was
            return self._refuse([describe_error(error)])
        self._describe(new)
        self._configuration = new
        self._count(True)
        return True

    def _check(self, new: Configuration) -> None:
        if not (new.access.secrets or is_loopback(self._host)):
            what = f"no shared secret is left while the relay listens on {self._host}"
            raise CommandError(f"{what}: put one back, or restart", code=UNUSABLE)

    def _refuse(self, lines: Iterable[str]) -> bool:
        for line in lines:
            self._report(f"not reloaded: {line}")
        self._report("the relay goes on with the settings that it had")
        self._count(False)
        return False

    def _describe(self, new: Configuration) -> None:
        self._report(f"reloaded, routes: {', '.join(route.name for route in new.routes.routes)}")
        changed = changed_settings(self._configuration.settings, new.settings)
        if left := [name for name in changed if name not in _LIVE]:
            self._report(f"restart the relay for {', '.join(left)}: only routes and secrets are reloaded")
