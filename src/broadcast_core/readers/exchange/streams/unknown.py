"""Events that say something which no part of the answer takes: kept, and deltas of the same kind as one."""

from __future__ import annotations

from collections.abc import Collection

from attrs import define, field

from broadcast_core.jsontext import Json, dumps_lossy, keep

NUMBER = "sequence_number"


@define
class UnknownEvents:
    """What is kept of a stream beside its answer, in the order in which it began."""

    _kept: list[Json] = field(factory=list)
    _growing: dict[bytes, tuple[dict[str, Json], list[str]]] = field(factory=dict)

    def keep(self, event: Json) -> None:
        """Keep an event whole; texts that grow by deltas become one."""
        delta = event.get("delta") if isinstance(event, dict) else None
        if not isinstance(event, dict) or not isinstance(delta, str):
            self._kept.append(event)
            return
        frame = {key: value for key, value in event.items() if key not in ("delta", NUMBER)}
        name = dumps_lossy(frame)[0]
        if name not in self._growing:
            self._growing[name] = {**event}, []
            self._kept.append(self._growing[name][0])
        self._growing[name][1].append(delta)

    def keep_rest(self, event: dict[str, Json], frame: Collection[str], known: Collection[str]) -> None:
        """Keep what an event says beside its frame and what is known of it, if it says anything."""
        if any(value is not None for key, value in event.items() if key not in frame and key not in known):
            self.keep({key: value for key, value in event.items() if key not in known})

    def put_into(self, response: dict[str, Json]) -> None:
        """Keep the events with a response, if there are any."""
        for event, deltas in self._growing.values():
            event["delta"] = "".join(deltas)
        if self._kept:
            keep(response, "events", self._kept)
