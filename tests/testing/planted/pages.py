"""Faults in the pages of traces that a destination names."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

from tests.testing.planted.base import Lines

_LAW = "test_the_page_of_a_trace_is_a_url_that_names_it"
_count = itertools.count()


class OnePage(Lines):
    """All traces have one page."""

    law: ClassVar[str] = _LAW

    def page(self, trace: str, config: Any) -> str:
        """Where all of them are listed."""
        return "https://platform.example/traces"


class PageWithoutServer(Lines):
    """The page of a trace is a path."""

    law: ClassVar[str] = _LAW

    def page(self, trace: str, config: Any) -> str:
        """Below nothing."""
        return f"/traces/{trace}"


class CountedPage(Lines):
    """The page of a trace is another one each time."""

    law: ClassVar[str] = _LAW

    def page(self, trace: str, config: Any) -> str:
        """With a number that grows."""
        return f"https://platform.example/traces/{trace}/{next(_count)}"
