"""A callback of LiteLLM that offers each of its calls as a generation, to a queue that sends it to Opik.

    pip install 'broadcast-core[send]' broadcast-opik litellm
    export OPENROUTER_API_KEY=... OPIK_URL=http://localhost:5173/api
    python examples/litellm_callback.py "What is a broadcast?"

In a program: `litellm.callbacks = [Broadcast(queue)]`. In the proxy, `callbacks: module.instance` under
`litellm_settings` names an instance in a module beside config.yaml. docs/embed.md says what LiteLLM loses.
"""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from threading import Lock
from typing import Any

import litellm
from litellm.integrations.custom_logger import CustomLogger

from broadcast_core import Route
from broadcast_core.plugins import destination
from broadcast_core.readers.litellm.payload import from_payload
from broadcast_core.sending.queue import DeliveryQueue

_REMEMBERED = 10_000  # ids of events; LiteLLM may report one call twice


class Broadcast(CustomLogger):  # type: ignore[misc]
    """Offers what LiteLLM logs to a queue.

    LiteLLM calls the hooks by keyword: where a parameter has another name, nothing arrives.
    """

    def __init__(self, queue: Any) -> None:
        super().__init__()
        self._queue = queue
        self._seen: OrderedDict[Any, None] = OrderedDict()
        self._lock = Lock()
        self.unread = 0

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Offer an answered call."""
        self._offer(kwargs)

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """Offer a failed call."""
        self._offer(kwargs)

    async def async_log_success_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Offer an answered async call; this runs on the loop of the caller, so it only hands over."""
        self._offer(kwargs)

    async def async_log_failure_event(
        self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Offer a failed async call."""
        self._offer(kwargs)

    def _offer(self, kwargs: Any) -> None:
        """Offer what the payload says, and nothing else of kwargs: they hold the key."""
        payload = kwargs.get("standard_logging_object") or {}
        if not self._is_new(tuple(map(payload.get, ("id", "status", "startTime")))):
            return
        reading = from_payload(payload)
        self.unread += len(reading.rejected)
        for generation in reading.generations:
            self._queue.offer(generation)

    def _is_new(self, event: Any) -> bool:
        with self._lock:
            if event in self._seen:
                return False
            self._seen[event] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
            return True


def queue_to_opik() -> DeliveryQueue:
    """Return a queue that delivers to Opik; a service makes one, once."""
    options = {"base_url": os.environ["OPIK_URL"], "project_name": "litellm"}
    secrets = {"api_key": os.environ.get("OPIK_API_KEY", "")}
    return DeliveryQueue([Route.to(destination("opik"), options)], {"opik": secrets})


def main() -> None:
    """Ask one question. LiteLLM calls back later, in a thread: the queue closes by itself after that."""
    litellm.callbacks = [Broadcast(queue_to_opik())]
    question = {"role": "user", "content": sys.argv[1]}
    answer = litellm.completion(model="openrouter/openai/gpt-5-mini", messages=[question])
    print(answer.choices[0].message.content)


if __name__ == "__main__":
    main()
