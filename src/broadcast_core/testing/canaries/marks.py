"""Markers, and JSON of any shape around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from broadcast_core.jsontext import Json

PREFIX = "tw33t"
_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")

_SPELLINGS: tuple[Callable[[int], tuple[str, str]], ...] = (
    lambda n: (f"said {PREFIX}-{n}-{PREFIX} so", f"{PREFIX}-{n}-{PREFIX}"),
    lambda n: (f"{PREFIX}{n}{PREFIX}",) * 2,
    lambda n: (f"like_{PREFIX}_{n}_this", f"{PREFIX}_{n}_this"),
    lambda n: (f"Said{PREFIX.title()}{n}Error", f"{PREFIX.title()}{n}Error"),
    lambda n: (
        "这里写着" + str(n).translate(_DIGITS) + "号不可告人的秘密",
        str(n).translate(_DIGITS) + "号不可",
    ),
    lambda n: (f"СказаноТайно{n}Слово", f"Тайно{n}Слово"),
    lambda n: (f"قيل{n}سرا", f"ل{n}س"),
)
"""What a marker of a number is written as, and what of it is looked for."""
_NO_NAMES = (_SPELLINGS[0], *_SPELLINGS[4:])
"""Those that no model, provider or id has: a name of one word cannot be told from a word that was said."""


class Marks:
    """Makes markers, each once, and JSON of any shape around them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.made: list[str] = []

    def text(self) -> str:
        """Return a text with a new marker in it, however it is spelled."""
        return self._marked(_SPELLINGS)

    def no_name(self) -> str:
        """Return a text with a new marker in it that has not the form of a name."""
        return self._marked(_NO_NAMES)

    def _marked(self, spellings: Sequence[Callable[[int], tuple[str, str]]]) -> str:
        text, marker = self._draw(st.sampled_from(spellings))(len(self.made))
        self.made.append(marker)
        return text

    def json(self) -> Json:
        """Return a JSON value with new markers in it, somewhere."""
        value: Json = self.text()
        for wrap in self._draw(st.lists(st.sampled_from(_WRAPS), max_size=3)):
            value = wrap(value, self)
        return value

    def spelled(self, value: Json) -> Json:
        """Return a value, or its JSON text: deliveries have both."""
        return json.dumps(value, ensure_ascii=False) if self._draw(st.booleans()) else value


_WRAPS: tuple[Callable[[Json, Marks], Json], ...] = (
    lambda value, _marks: {"inner": value},
    lambda value, _marks: [1, value, None],
    lambda value, marks: {marks.text(): value, "n": 3},
)
