"""Windows of the answer key are whole seconds and never lie about what is inside."""

from lab.key import Window

_NOON_US = 1_795_435_200_000_000  # 2026-11-23T12:00:00Z


def test_an_act_is_rounded_outward() -> None:
    window = Window("act", _NOON_US + 1, _NOON_US + 1_000_001)
    assert window.as_times() == {"from": "2026-11-23T12:00:00Z", "to": "2026-11-23T12:00:02Z"}


def test_an_ordinary_part_is_rounded_inward() -> None:
    window = Window("before", _NOON_US + 1, _NOON_US + 9_999_999)
    assert window.as_inner_times() == {"from": "2026-11-23T12:00:01Z", "to": "2026-11-23T12:00:09Z"}


def test_whole_seconds_stay_as_they_are() -> None:
    window = Window("act", _NOON_US, _NOON_US + 1_000_000)
    assert window.as_times() == window.as_inner_times() == {"from": "2026-11-23T12:00:00Z", "to": "2026-11-23T12:00:01Z"}
