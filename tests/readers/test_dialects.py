"""Finding out what a document is, and reading it or saying why not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from broadcast_core.readers import DIALECTS, Read, Rejected, dialect_of, ndjson, read, read_text
from broadcast_core.readers.openrouter.generation_api import TOO_EARLY
from broadcast_core.record.codec import encode
from tests.readers.deliveries import NAMES, delivery, example, generation, root

RECORD = {"id": "gen-1", "timing": {"start": "2026-11-23T10:00:00Z"}}
LOOKS: dict[str, tuple[Any, str | None]] = {
    "a delivery": (delivery(root()), "broadcast"),
    "an empty body": ({}, "broadcast"),
    "an exchange": ({"request": {}, "response": {}}, "exchange"),
    "an exchange of chunks alone": ({"chunks": []}, "exchange"),
    "a payload": ({"id": "a", "startTime": 1, "hidden_params": {}, "response": {}}, "litellm"),
    "payloads": ([{"startTime": 1, "hidden_params": {}}, {"startTime": 2, "hidden_params": {}}], "litellm"),
    "a payload beside something else": ([{"startTime": 1, "hidden_params": {}}, {}], None),
    "an empty array": ([], None),
    "an answer of the generation API": ({"data": {"id": "gen-1"}}, "generation-api"),
    "an answer of it without its envelope": (
        {"id": "gen-1", "total_cost": 1, "tokens_prompt": 2, "provider_name": "A"},
        "generation-api",
    ),
    "two answers of it": ({"generation": {}, "content": {}}, "generation-api"),
    "a record": (RECORD, "record"),
    "an id alone": ({"id": "gen-1"}, "record"),
    "an id beside data": ({"id": "gen-1", "data": {}}, "record"),
    "a version alone": ({"schema_version": 1}, "record"),
    "a record without its id": ({"timing": {}}, "record"),
    "a record with the key of an answer": ({**RECORD, "data": 1}, "record"),
    "a record with the key of an exchange": ({**RECORD, "request": {}}, "record"),
    "a record with the key of two answers": ({**RECORD, "generation": {}}, "record"),
    "a record with the key of a delivery": ({**RECORD, "resourceSpans": []}, "record"),
    "an exchange without its request": ({"id": "gen-1", "response": {}}, "exchange"),
    "an unknown object": ({"hello": 1}, None),
    "a response alone": ({"id": "gen-1", "object": "chat.completion", "choices": []}, None),
    "embeddings alone": ({"object": "list", "data": []}, None),
    "an error alone": ({"error": {"code": 429}}, None),
    "a request alone": ({"model": "a/b", "messages": []}, None),
    "an array": ([delivery(root())], None),
    "text": ("{}", None),
    "null": (None, None),
}


@pytest.mark.parametrize(("document", "expected"), LOOKS.values(), ids=LOOKS)
def test_a_document_looks_like_its_dialect(document: Any, expected: str | None) -> None:
    """By the keys that only one of them has."""
    assert expected == dialect_of(document)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_looks_like_a_delivery(name: str) -> None:
    """Test deliveries too."""
    assert "broadcast" == dialect_of(example(name))


@pytest.mark.parametrize("folder", ["exchange", "generation_api"])
def test_the_other_examples_look_like_their_dialect(folder: str) -> None:
    """Each has a completion."""
    assert folder.replace("_", "-") == dialect_of(example("completion", folder))


def test_what_was_read_of_a_delivery_is_read_again_as_a_record() -> None:
    """Readers and codec agree."""
    found = generation(example("17-custom-metadata"))

    assert (found,) == read(encode(found)).generations


def test_an_unknown_document_is_rejected_with_the_known_dialects() -> None:
    """One rejection."""
    (outcome,) = read({"hello": 1}).rejected

    assert ["no known dialect: expected one of broadcast, exchange, generation-api, litellm, record @ $"] == [
        str(problem) for problem in outcome.problems
    ]


EXCHANGE = 'an exchange is {"request": {...}, "response": {...}, "started_at": "2026-11-23T10:00:00Z"}'
HALVES: dict[str, tuple[Any, str]] = {
    "a response": (
        {"id": "gen-1", "choices": [{"my secret": 1}]},
        f"this looks like a response alone; {EXCHANGE}",
    ),
    "a message": (
        {"id": "gen-1", "type": "message", "content": [{"type": "text", "text": "my secret"}]},
        f"this looks like a response alone; {EXCHANGE}",
    ),
    "a lookup that came too early": (
        {"error": {"code": 404, "message": "my secret"}},
        f"this looks like a response alone; {EXCHANGE}; of GET /generation, {TOO_EARLY}",
    ),
    "a request": (
        {"model": "a/b", "prompt": "my secret"},
        f"this looks like a request alone; {EXCHANGE}",
    ),
    "an array": (
        [{"request": {}}],
        "an array: give its documents one a line, in a file that ends in .ndjson or .jsonl",
    ),
}


@pytest.mark.parametrize(("document", "hint"), HALVES.values(), ids=HALVES)
def test_half_a_document_is_told_what_a_whole_one_is(document: Any, hint: str) -> None:
    """One rejection, that quotes nothing."""
    (outcome,) = read(document).rejected

    assert [f"no known dialect: {hint} @ $"] == [str(problem) for problem in outcome.problems]


MISTAKEN: dict[str, tuple[str, Any, str]] = {
    "a delivery": ("exchange", delivery(root()), "an OpenRouter Broadcast delivery"),
    "a record": ("broadcast", RECORD, "a record"),
    "an exchange": ("record", {"request": {}}, "an exchange"),
    "an answer": ("exchange", {"data": {"id": "gen-1"}}, "an answer of GET /generation"),
}


@pytest.mark.parametrize(("dialect", "document", "looks"), MISTAKEN.values(), ids=MISTAKEN)
def test_a_document_of_another_dialect_than_the_named_one_is_told_first(
    dialect: str, document: Any, looks: str
) -> None:
    """Then what that one's reader says."""
    first, *others = read(document, dialect).rejected[0].problems
    name = dialect_of(document)

    assert f"this looks like {looks}, and was read as {dialect!r}: name {name!r}, or no dialect" == first.what
    assert others


def test_only_what_is_rejected_is_told_of_another_dialect() -> None:
    """What was read beside it stays as it is."""
    document = {**RECORD, **delivery(root(), root(id=None, spanId="c" * 16))}
    found, rejected = read(document, "broadcast").outcomes

    assert isinstance(found, Read)
    assert isinstance(rejected, Rejected)
    assert "this looks like a record" in rejected.problems[0].what


def test_an_empty_document_looks_like_nothing_else() -> None:
    """It is what its named dialect says."""
    assert DIALECTS["exchange"]({}) == read({}, "exchange")


@pytest.mark.parametrize("document", [{}, {"choices": []}], ids=["empty", "half an exchange"])
def test_an_unknown_dialect_is_rejected_with_the_known_ones(document: Any) -> None:
    """One rejection, whatever the document looks like."""
    (outcome,) = read(document, "smoke").rejected

    known = "broadcast, exchange, generation-api, litellm, record"
    assert [f"'smoke' is no known dialect: expected one of {known} @ $"] == [
        str(problem) for problem in outcome.problems
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_named_dialect_is_not_guessed(dialect: str) -> None:
    """A document of no dialect gets that one's words."""
    assert DIALECTS[dialect]([1]) == read([1], dialect)
    assert 1 == len(read([1], dialect).rejected)


TEXTS: dict[str, tuple[bytes | str, str]] = {
    "nothing": (b"", "the text is empty @ $"),
    "half a document": (b'{"a": ', "malformed JSON, Expecting value (column 7) @ $"),
    "no UTF-8": (b'{"a": "\xff"}', "byte 8 is no UTF-8: is this a text file? @ $"),
    "NaN": ('{"a": NaN}', "NaN is no JSON number @ $"),
    "a number beyond a double": ('{"a": 1e999}', "a number is too large for a double @ $"),
    "a key of ours twice": ('{"id": 1, "id": 2}', "the key 'id' is given twice in one object @ $"),
    "a key of an envelope twice": (
        '{"spans": 1, "spans": 2}',
        "the key 'spans' is given twice in one object @ $",
    ),
    "any key twice": ('{"secret": 1, "secret": 2}', "a key is given twice in one object @ $"),
    "too deep": ("[" * 300 + "]" * 300, "nested deeper than 254 levels @ $"),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_text_that_is_no_json_is_one_rejection(text: bytes | str, expected: str) -> None:
    """With one reason."""
    (outcome,) = read_text(text).rejected

    assert [expected] == [str(problem) for problem in outcome.problems]


SURROGATES: dict[str, tuple[str, str]] = {
    "a chat": (
        '{"started_at": "2026-11-23T10:00:00Z", "request": {"messages": [{"content": "x\\ud83d"}]},'
        ' "response": {"id": "gen-1", "choices": [{"message": {}}]}}',
        "$.request.messages[0].content",
    ),
    "a record": (
        '{"id": "gen-1", "timing": {"start": "2026-11-23T10:00:00Z"}, "content": {"input": ["x\\ud83d"]}}',
        "$.content.input[0]",
    ),
    "a key that may be what was said": (
        '{"id": "gen-1", "timing": {"start": "2026-11-23T10:00:00Z"}, "content": {"input": {"x\\ud83d": 1}}}',
        "$.content.input",
    ),
}


@pytest.mark.parametrize(("text", "path"), SURROGATES.values(), ids=SURROGATES)
def test_a_text_that_was_cut_within_a_character_is_mended(text: str, path: str) -> None:
    """And told, rather than the whole generation lost: as bytes, as text, and as half a character in it."""
    for spelled in (text.encode(), text, text.replace("\\ud83d", "\ud83d")):
        (outcome,) = read_text(spelled).outcomes
        assert isinstance(outcome, Read)
        assert "x\ufffd" in repr(outcome.generation.content.input)
        told = str(outcome.diagnostics[0])
        assert f"coerced {path}: lone surrogates became U+FFFD: they are no text" == told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "\\ud800"}', "no known dialect"),
        ('{"a": "\ud800"}', "no known dialect"),
        ('{"a": "\\ud800", "a": 1}', "is given twice"),
        ('{"a": "\ud800", "a": 1}', "is given twice"),
        ('{"a": "\ud800"', "malformed JSON"),
    ],
    ids=["no generation", "none, as it is", "a key twice", "a key twice, as it is", "half a document"],
)
def test_what_is_wrong_beside_half_a_character_is_told(text: str, expected: str) -> None:
    """Mending it does not hide that."""
    (outcome,) = read_text(text).rejected

    assert expected in str(outcome.problems[0])


def test_text_is_read_like_the_document_that_it_spells() -> None:
    """As bytes and as text, with a mark of the byte order and without."""
    document = example("18-unicode")
    text = json.dumps(document, ensure_ascii=False)

    for spelled in (text, text.encode(), b"\xef\xbb\xbf" + text.encode()):
        assert read(document) == read_text(spelled)


@pytest.mark.parametrize("letter", ["a", "\\ud83d"], ids=["whole", "with half a character"])
def test_a_text_of_a_named_dialect_is_not_guessed(letter: str) -> None:
    """Although it looks like another one."""
    stated = '"id": "gen-1", "timing": {}, "request": {}, "started_at": "2026-11-23T10:00:00Z"'
    text = f'{{{stated}, "x": "{letter}"}}'
    (found,) = read_text(text, "exchange").generations

    assert "gen-1" == found.id
    assert not read_text(text).generations


def test_a_record_that_breaks_the_rules_is_one_rejection_with_every_mistake() -> None:
    """And its id, where it has one."""
    (outcome,) = ndjson.read({"id": "gen-1", "timing": {"start": "now"}, "streamed": 1}).rejected

    assert ("gen-1", ["$.timing.start", "$.streamed"]) == (
        outcome.id,
        [problem.path for problem in outcome.problems],
    )


def test_a_record_whose_id_is_none_is_rejected_without_it() -> None:
    """Nothing can be looked up by it."""
    (outcome,) = ndjson.read({**RECORD, "id": 5}).rejected

    assert outcome.id is None


def test_what_holds_generations_is_honestly_not_hashable() -> None:
    """Their JSON is mutable; a rejection hashes."""
    reading = read(delivery(root()))

    for one in (reading, reading.outcomes[0]):
        with pytest.raises(TypeError, match="unhashable type: 'Read"):
            hash(one)
    assert isinstance(hash(read([]).rejected[0]), int)


def test_a_reading_is_sorted_into_its_outcomes() -> None:
    """Each of them is in one place."""
    connection_test = root(id=None, name="openrouter-connection-test")
    reading = read(delivery(root(), connection_test, root(id=None, spanId="c" * 16)))

    assert (1, 1, 1, 3) == (
        len(reading.generations),
        len(reading.ignored),
        len(reading.rejected),
        len(reading.outcomes),
    )
