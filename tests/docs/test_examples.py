"""The examples in the docs: every shell line is a command that exists, every Python block runs, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from khien.app.cli import build_parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "lab").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, (found, text) in enumerate(FENCE.findall(page.read_text(encoding="utf-8")), start=1):
            if found == language:
                yield f"{page.relative_to(ROOT)} block {number}", text


def commands() -> list[tuple[str, str]]:
    return [
        (name, line.strip()) for name, text in blocks("sh") for line in text.splitlines() if re.match(r"\s*(khien|make)\b", line)
    ]


def test_the_docs_show_commands() -> None:
    assert len(commands()) > 8


@pytest.mark.parametrize(("name", "line"), commands())
def test_a_command_in_the_docs_exists(name: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        assert [target for target in targets if target not in TARGETS] == [], name
    else:
        assert build_parser("en").parse_args(words[1:]).command is not None, name


@pytest.mark.parametrize(("name", "text"), list(blocks("python")))
@pytest.mark.timeout(120)
def test_a_python_example_runs(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(text, name, "exec"), {"__name__": "example"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not Path(os.path.normpath(page.parent / link)).exists()]
    assert missing == []
