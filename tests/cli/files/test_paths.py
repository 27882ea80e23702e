"""Directories become the files in them; what cannot be listed is returned beside the files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from broadcast_core.cli.files.paths import InputPaths, Unreadable, expand_paths
from broadcast_core.cli.location import SourceLocation
from tests.cli.inputs import read, texts


def test_no_path_means_stdin() -> None:
    """So does a dash; stdin has no known size."""
    assert InputPaths(files=("-",)) == expand_paths([]) == expand_paths(["-"])
    assert expand_paths([]).includes_stdin


def test_the_size_of_the_input_is_that_of_all_its_files(file: Callable[..., Path], tmp_path: Path) -> None:
    """A missing file adds nothing; with a device, or a named pipe, it is unknown."""
    some = [str(file("a.json", b"{}")), str(file("b.json", b"{}\n")), str(tmp_path / "missing")]

    assert [5, None] == [expand_paths(paths).total_bytes for paths in (some, [*some, os.devnull])]


def test_the_size_of_a_file_that_was_just_removed_is_unknown(
    file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no reason to end: reading the file reports it."""
    path = file("a.json", b"{}")

    def remove_and_measure(removed: str) -> int:
        path.unlink()
        return os.stat(removed).st_size

    monkeypatch.setattr(os.path, "getsize", remove_and_measure)

    assert expand_paths([str(path)]).total_bytes is None


def test_a_directory_stands_for_its_files_in_order(tmp_path: Path, file: Callable[..., Path]) -> None:
    """Only JSON and NDJSON files, also those in directories below, and none that are hidden."""
    for name in ("deep", "deep/er.json", "deep/empty", ".git", "deep/.hidden"):
        (tmp_path / name).mkdir()
    found = [
        *("E.NDJSON", "a.jsonl", "b.json", "c.ndjson.gz", "d.json.gz"),
        *("deep/a.json", "deep/er.json/a.json", "deep/f.ndjson", "z.json.ZST", "z.jsonl.bz2"),
    ]
    others = [".x.json", "f.txt", "g.csv.gz", "h.zst", ".git/a.json", "deep/.hidden/a.json", "deep/a.txt"]
    for name in (*found, *others):
        file(name, b"{}")

    assert [str(tmp_path / name) for name in found] == list(expand_paths([str(tmp_path)]).files)


def test_a_directory_without_input_is_an_error(tmp_path: Path) -> None:
    """It says what was looked for, once and not for each directory below."""
    (tmp_path / "deep").mkdir()
    why = "no file in it ends in .json, .ndjson, .jsonl, .pb, .binpb, or in one of them and .gz or .zst"

    assert InputPaths(unreadable=(Unreadable(SourceLocation(str(tmp_path)), why),)) == expand_paths(
        [str(tmp_path)]
    )


def test_a_directory_of_a_named_pipe_alone_is_one_error(tmp_path: Path) -> None:
    """It is not empty too."""
    os.mkfifo(tmp_path / "a.ndjson")

    (error,) = expand_paths([str(tmp_path)]).unreadable
    assert error.why.startswith("this is a named pipe, not a file")


def test_what_is_no_file_in_a_directory_is_not_waited_for(tmp_path: Path, file: Callable[..., Path]) -> None:
    """It says what it is; a file beside it is read, also through a link."""
    os.mkfifo(tmp_path / "a.ndjson")
    (tmp_path / "b.json").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "c.jsonl"))
    (tmp_path / "d.json").symlink_to(file("e.ndjson", b"{}\n"))
    (tmp_path / "f.json").symlink_to(tmp_path / "nothing")
    (tmp_path / "g.json").symlink_to(tmp_path / "a.ndjson")
    paths = expand_paths([str(tmp_path)])

    advice = "not a file; in a directory only files are read; give its own path to read it"
    named = {
        "a.ndjson": "a named pipe",
        "b.json": "a device",
        "c.jsonl": "a socket",
        "g.json": "a named pipe",
    }
    whys = {name: f"this is {what}, {advice}" for name, what in named.items()}
    assert whys == {Path(error.location.name).name: error.why for error in paths.unreadable}
    assert ["d.json", "e.ndjson", "f.json"] == [Path(file).name for file in paths.files]
    assert [b"{}", b"{}"] == texts(read(*paths.files))


def test_links_that_make_a_loop_are_followed_once(tmp_path: Path, file: Callable[..., Path]) -> None:
    """Every directory is read once, by whichever of its names comes first."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "loop").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "top").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "z").symlink_to(tmp_path / "a" / "b")
    file("a/b/one.json", b"{}")
    file("two.json", b"{}")

    assert [str(tmp_path / name) for name in ("a/b/one.json", "two.json")] == list(
        expand_paths([str(tmp_path)]).files
    )


def test_a_directory_that_is_given_twice_is_read_twice(tmp_path: Path, file: Callable[..., Path]) -> None:
    """That is the user's choice, as it is with a file."""
    path = str(file("a.json", b"{}"))

    assert [path] * 3 == list(expand_paths([str(tmp_path), str(tmp_path), path]).files)


def test_a_directory_that_cannot_be_read_costs_no_other(
    tmp_path: Path, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one error beside the files."""
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        file(f"{name}/x.json", b"{}")

    def listed(path: str) -> list[str]:
        if path == str(tmp_path / "b"):
            raise PermissionError(13, "Permission denied")
        return names(path)

    names = os.listdir
    monkeypatch.setattr(os, "listdir", listed)

    assert InputPaths(
        files=(str(tmp_path / "a/x.json"), str(tmp_path / "c/x.json")),
        unreadable=(Unreadable(SourceLocation(str(tmp_path / "b")), "permission denied"),),
    ) == expand_paths([str(tmp_path)])


def test_a_thousand_directories_in_one_another_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As deep as a path may be long."""
    monkeypatch.chdir(tmp_path)
    directories = ["/".join("d" * depth) for depth in range(1, 1500)]
    for directory in directories:
        os.mkdir(directory)
    path = Path(directories[-1], "a.json")
    path.write_bytes(b"{}")
    found = list(expand_paths(["d"]).files)
    path.unlink()
    for directory in reversed(directories):  # what removes the files of tests goes less deep
        os.rmdir(directory)

    assert [str(path)] == found
