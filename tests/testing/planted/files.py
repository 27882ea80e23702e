"""Faults of files: a destination that writes into a directory, with names that two files share."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from broadcast_core import Checked, Endpoint, Request, Response
from broadcast_core.destinations import plan_check, read_success
from tests.testing.planted.base import Lines


class Files(Lines):
    """Keeps the laws: each request is a file, named by a hash of its body."""

    def endpoint(self, config: Any, **changes: Any) -> Endpoint:
        """A directory for each dataset."""
        where = hashlib.sha256(config.dataset.encode()).hexdigest()
        return super().endpoint(config, url=f"file:///var/{where}/", method="PUT", **changes)

    def address(self, request: Request, config: Any) -> Request:
        """By all of it."""
        return self.named(request, request.body)

    def named(self, request: Request, text: bytes) -> Request:
        """Return a request as the file of a text."""
        return request.addressed(url=f"{request.endpoint.url}{hashlib.sha256(text).hexdigest()}.ndjson")

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Can one write there?"""
        if not answers:
            return plan_check(self.endpoint(config, suffix=b""), b"")
        return read_success(answers[-1], "it can be written", {}, ("no", "see the directory"))


class FilesOfIds(Files):
    """Another version of a generation has the file of the first."""

    law: ClassVar[str] = "test_a_file_is_named_by_what_it_holds"

    def address(self, request: Request, config: Any) -> Request:
        """By the ids alone."""
        return self.named(request, "\n".join(request.generations).encode())


class OneFile(Files):
    """Every request has one name."""

    law: ClassVar[str] = "test_a_file_is_named_by_what_it_holds"

    def address(self, request: Request, config: Any) -> Request:
        """None of its own."""
        return self.named(request, b"")


class FileOfTheRoute(Files):
    """Its connection test writes elsewhere than its requests go."""

    law: ClassVar[str] = "test_check_begins_with_a_request_or_a_result"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Request | Checked:
        """Beside the directory."""
        step = super().check(config, answers)
        return step.addressed(url="file:///var/") if isinstance(step, Request) else step
