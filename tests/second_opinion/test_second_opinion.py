"""The second opinion at the size of CI, and the rules of its table of explanations."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.second_opinion.__main__ import run
from tests.second_opinion.choice import choose
from tests.second_opinion.explanation import Kind, first, load_explanations

_CAPTURES = 15
_SIDES = {"khien", "tshark"}


@pytest.mark.timeout(180)
def test_every_difference_over_fifteen_captures_is_explained(test_data: Path) -> None:
    if shutil.which("tshark") is None:
        unavailable("tshark", "tshark is not installed")
    root = test_data / "pcap"
    result = run(root, choose(root, _CAPTURES), load_explanations())
    assert result.captures == _CAPTURES
    assert {str(kind): found.captures for kind, found in result.unexplained.items()} == {}
    assert sum(same for same, _, _ in result.counts.values()) > 100


def test_the_choice_is_the_same_every_time_and_takes_from_every_folder(test_data: Path) -> None:
    root = test_data / "pcap"
    chosen = choose(root, 21)
    assert choose(root, 21) == chosen
    assert len(set(chosen)) == 21
    assert {path.relative_to(root).parts[0] for path in chosen} == {folder.name for folder in root.iterdir() if folder.is_dir()}


def test_an_explanation_says_who_is_right_and_why() -> None:
    for entry in load_explanations():
        assert entry.sides <= _SIDES, entry
        assert entry.sides, entry
        assert entry.right in {*_SIDES, "both", "neither"}, entry
        assert len(entry.why) > 30, entry


def test_what_no_entry_names_is_unexplained() -> None:
    entries = load_explanations()
    assert first(entries, Kind("dns", "no such field", "khien"), "any.pcap") is None
    assert first(entries, Kind("ssh", "banner", "tshark"), "any.pcap") is None
