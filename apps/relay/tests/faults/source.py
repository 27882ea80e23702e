"""A source of deliveries in a process of its own: it sends each until it is acknowledged, and logs that.

Each lane has traces of its own and sends one delivery after another, so that their order is known.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any

LANES = 4
TRACE = 6
"""The generations of a trace."""
PAUSE = 0.02


def generation(lane: int, number: int) -> dict[str, Any]:
    """Return the generation of a delivery: one of a trace, which goes on in the next one."""
    start = f"2026-11-23T{10 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}"
    return {
        "id": f"gen-{lane}-{number:05}",
        "model": "some/model",
        "timing": {"start": f"{start}Z", "end": f"{start}.500Z"},
        "trace": {"trace_id": f"trace-{lane}-{number // TRACE}"},
        "content": {"input": f"question {number}", "output": f"answer {number}"},
    }


def body_of(lane: int, number: int) -> bytes:
    """Return a delivery as it is sent."""
    return json.dumps(generation(lane, number)).encode()


class Lane:
    """Sends its deliveries until it is told to stop, the last until it is acknowledged."""

    def __init__(self, number: int, port: int, secret: str, log: str) -> None:
        self.number, self.port, self.secret, self.log = number, port, secret, log
        self.acknowledged = self.tries = 0
        self.connection: HTTPConnection | None = None

    def run(self, stopped: threading.Event) -> None:
        """Send."""
        with open(self.log, "a", encoding="utf-8") as log:
            while not stopped.is_set():
                while not self._is_taken(body_of(self.number, self.acknowledged)):
                    time.sleep(0.01)
                self.acknowledged += 1
                log.write(f"{self.number} {self.acknowledged}\n")
                log.flush()
                time.sleep(PAUSE)

    def _is_taken(self, body: bytes) -> bool:
        self.tries += 1
        try:
            self.connection = self.connection or HTTPConnection("127.0.0.1", self.port, timeout=10)
            headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
            self.connection.request("POST", "/v1/traces", body, headers)
            answer = self.connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            with suppress(OSError, AttributeError):
                self.connection.close()  # type: ignore[union-attr]
            self.connection = None
            return False
        return answer.status == 200


def main(port: str, secret: str, log: str) -> None:
    """Send until stdin ends; then print how many each lane has had acknowledged, and how often it tried."""
    stopped = threading.Event()
    lanes = [Lane(number, int(port), secret, log) for number in range(LANES)]
    threads = [threading.Thread(target=lane.run, args=(stopped,)) for lane in lanes]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stopped.set()
    for thread in threads:
        thread.join()
    print(json.dumps([[lane.acknowledged for lane in lanes], sum(lane.tries for lane in lanes)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
