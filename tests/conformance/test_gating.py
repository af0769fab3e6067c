"""Which requirements version 9.0.0 with JA3, JA4 and file magic meets."""

import pytest

from tests.conformance.suricata.gating import unmet


@pytest.mark.parametrize(
    "requires",
    [
        None,
        {},
        {"min-version": 9},
        {"min-version": "9.0.0"},
        {"min-version": 8.0},
        {"min-version": "8.0.7"},
        {"lt-version": 10},
        {"lt-version": "9.0.1"},
        {"gt-version": "8.9.9"},
        {"version": 9},
        {"version": "9.0"},
        {"features": ["HAVE_JA3", "MAGIC"]},
        {"features": ["!HAVE_LUA"]},
        {"os": "linux"},
    ],
)
def test_is_met(requires: dict[str, object] | None) -> None:
    assert unmet(requires) is None


@pytest.mark.parametrize(
    ("requires", "reason"),
    [
        ({"min-version": "9.0.1"}, "requires min-version 9.0.1"),
        ({"lt-version": 9}, "requires lt-version (an older form)"),
        ({"lt-version": "9.0.0"}, "requires lt-version (an older form)"),
        ({"gt-version": 9}, "requires gt-version 9"),
        ({"version": 8}, "requires version 8"),
        ({"features": ["HAVE_JA3", "HAVE_LUA"]}, "requires feature HAVE_LUA"),
        ({"features": ["!HAVE_JA3"]}, "requires feature !HAVE_JA3"),
        ({"os": "windows"}, "requires os windows"),
        ({"script": ["grep x y"]}, "requires script (a look into Suricata's sources)"),
        ({"min-version": 8, "lt-version": 9}, "requires lt-version (an older form)"),
        ({"a thing of the future": True}, "requires a thing of the future"),
    ],
)
def test_is_not_met_and_says_why(requires: dict[str, object], reason: str) -> None:
    assert unmet(requires) == reason
