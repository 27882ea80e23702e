"""Fragments of the changelog: when one is wrong, and when a branch needs one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

SCRIPT = ROOT / "scripts/fragments"
GOOD = "Something is true now.\n"


class Project:
    """A repository with one commit on main: a source file and a fragment."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "a")
        self.git("config", "user.email", "a@example.org")
        shutil.copy(ROOT / "pyproject.toml", root)
        for name in ("README.md", "template.jinja"):
            self.write(f"changelog.d/{name}", (ROOT / "changelog.d" / name).read_text(encoding="utf-8"))
        self.write("src/a.py", "a = 1\n")
        self.commit("The first")

    def git(self, *arguments: str) -> None:
        """Run git in the project."""
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
        subprocess.run(["git", "-C", str(self.root), *arguments], check=True, env=environment)

    def write(self, name: str, text: str | bytes) -> None:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")

    def check(self, *arguments: str, **environment: str) -> str:
        """Return what the script says on stderr; empty when nothing is wrong."""
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "FRAGMENTS_ROOT": str(self.root), **environment},
        )
        assert bool(done.stderr) == bool(done.returncode)
        return done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project with a branch that has no commit of its own yet."""
    made = Project(tmp_path)
    made.write("changelog.d/first.core.md", GOOD)
    made.commit("A fragment")
    made.git("checkout", "--quiet", "-b", "branch")
    return made


def test_the_fragments_of_this_project_are_right() -> None:
    """Each is named, written and rendered as the next release needs it."""
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True)

    assert "" == done.stderr


def test_a_branch_that_changes_a_wheel_without_a_fragment_is_told_what_to_do(project: Project) -> None:
    """With the first file that changed, and the command."""
    project.write("plugins/opik/src/b.py", "b = 1\n")
    project.commit("A change")

    said = project.check()

    assert said.startswith("error: plugins/opik/src/b.py changed since ")
    assert "make fragment NAME=short-name" in said


def test_what_is_not_committed_yet_counts(project: Project) -> None:
    """So that the hook of a commit says the same as CI later."""
    project.write("src/new.py", "b = 1\n")

    assert "src/new.py" in project.check()

    project.write("changelog.d/second.core.md", GOOD)

    assert "" == project.check()


@pytest.mark.parametrize("name", ["first.core.md", "second.opik.md"])
def test_a_new_or_changed_fragment_is_enough(project: Project, name: str) -> None:
    """Of any wheel: a rename in the core touches the imports of plugins too."""
    project.write("src/a.py", "a = 2\n")
    project.write(f"changelog.d/{name}", "Something else is true now.\n")
    project.commit("A change")

    assert "" == project.check()


def test_a_deleted_fragment_is_none(project: Project) -> None:
    """It was another branch's."""
    project.write("src/a.py", "a = 2\n")
    (project.root / "changelog.d/first.core.md").unlink()
    project.commit("A change")

    assert "src/a.py changed" in project.check()


@pytest.mark.parametrize("name", ["tests/a.py", "docs/a.md", "plugins/opik/README.md", "srcs/a.py"])
def test_a_branch_beside_the_wheels_needs_none(project: Project, name: str) -> None:
    """What is not in a wheel, no user sees."""
    project.write(name, "x\n")
    project.commit("A change")

    assert "" == project.check()


def test_a_file_that_moves_out_of_a_wheel_is_a_change(project: Project) -> None:
    """Whoever imports it misses it."""
    project.write("docs/b.py", (project.root / "src/a.py").read_bytes())
    (project.root / "src/a.py").unlink()
    project.commit("A move")

    assert "src/a.py changed" in project.check()


def test_a_trailer_says_that_no_user_sees_the_change(project: Project) -> None:
    """On any commit of the branch, and on none before it."""
    project.git("checkout", "--quiet", "main")
    project.commit("Before\n\nChangelog: none")
    project.git("checkout", "--quiet", "-B", "branch")
    project.write("src/a.py", "a = 2\n")
    project.commit("A change")

    assert "src/a.py changed" in project.check()

    project.commit("Words\n\nChangelog: none")

    assert "" == project.check()


def test_main_on_a_clean_clone_needs_a_fragment_since_the_last_release(project: Project) -> None:
    """Without a remote, a branch or a tag it is compared with the beginning."""
    project.git("checkout", "--quiet", "main")

    assert "" == project.check()

    (project.root / "changelog.d/first.core.md").unlink()
    project.commit("A release")
    project.git("tag", "v0.1.0")

    assert "" == project.check()

    project.write("src/a.py", "a = 2\n")
    project.commit("A change")

    assert "src/a.py changed since v0.1.0" in project.check()

    project.git("checkout", "--quiet", "--detach")  # as CI does

    assert "src/a.py changed since v0.1.0" in project.check()


def test_a_release_without_its_tag_yet_needs_no_fragment(project: Project) -> None:
    """Its page has taken the fragments in; words on the page alone are no release."""
    project.git("checkout", "--quiet", "main")
    (project.root / "changelog.d/first.core.md").unlink()
    project.write("CHANGELOG.md", "# Changelog\n\nUnreleased: something.\n")

    assert "src/a.py changed" in project.check()

    project.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0 (2026-11-26)\n\n- Something is true now.\n")
    project.commit("Release 0.1.0")

    assert "" == project.check()

    project.git("tag", "v0.1.0")
    project.write("src/a.py", "a = 2\n")
    project.write(
        "CHANGELOG.md", "# Changelog\n\nMore.\n\n## 0.1.0 (2026-11-26)\n\n- Something is true now.\n"
    )
    project.commit("A change")

    assert "src/a.py changed since v0.1.0" in project.check()


def test_a_base_that_is_not_here_is_told(project: Project) -> None:
    """And not compared with another one."""
    assert "BASE names no commit that is here: 'gone'" in project.check(BASE="gone")


def test_a_base_can_be_named(project: Project) -> None:
    """For a branch that was begun from another one."""
    project.write("src/a.py", "a = 2\n")
    project.commit("A change of another branch")

    assert "src/a.py changed" in project.check()
    assert "" == project.check(BASE="HEAD")


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("Second.core.md", GOOD, "expected <short-name>.<wheel>.md"),
        ("second.md", GOOD, "expected <short-name>.<wheel>.md"),
        ("second.otlp.md", GOOD, "with a wheel of: core, ndjson, opik"),
        ("second.core.txt", GOOD, "expected <short-name>.<wheel>.md"),
        ("second.core.md/inner.core.md", GOOD, "expected <short-name>.<wheel>.md"),
        ("second.core.md", "", "is empty"),
        ("second.core.md", b"\xff\xfe", "is no UTF-8"),
        ("second.core.md", "One.\n\nTwo.\n", "several paragraphs"),
        ("second.core.md", "- One.\n", "mark of a list"),
        ("second.core.md", "One\n", "ends in the middle"),
    ],
)
def test_a_wrong_fragment_is_told(project: Project, name: str, text: str | bytes, what: str) -> None:
    """By its name, with what to write instead."""
    project.write(f"changelog.d/{name}", text)

    said = project.check()

    assert f"changelog.d/{name.partition('/')[0]}: " in said
    assert what in said


def test_a_fragment_that_towncrier_leaves_out_is_told(project: Project) -> None:
    """Such as one of a wheel that only the script knows."""
    settings = (project.root / "pyproject.toml").read_text(encoding="utf-8")
    project.write("pyproject.toml", settings.replace('directory = "opik"\n', 'directory = "other"\n'))
    project.write("changelog.d/second.opik.md", "This one is nowhere.\n")

    assert "second.opik.md" in project.check()


def test_a_new_fragment_is_begun_and_not_right_before_it_says_something(project: Project) -> None:
    """The text that it begins with is no change."""
    assert "" == project.check("new", "second", "opik")
    assert "second.opik.md: still has the text" in project.check()
    assert "is there already" in project.check("new", "second", "opik")


@pytest.mark.parametrize(
    "arguments", [(), ("second",), ("Second", "core"), ("second", "otlp"), ("../a", "core")]
)
def test_a_wrong_name_begins_nothing(project: Project, arguments: tuple[str, ...]) -> None:
    """And says what to write."""
    said = project.check("new", *arguments)

    assert "make fragment NAME=short-name WHEEL=core|ndjson|opik" in said
    assert ["README.md", "first.core.md", "template.jinja"] == sorted(
        path.name for path in (project.root / "changelog.d").iterdir()
    )
