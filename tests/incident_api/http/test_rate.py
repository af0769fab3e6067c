"""Request rates: one address is slowed down, the others are not, and an IPv6 host cannot change its address to get round it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from incident_api.http.rate import RateLimit
from incident_api.opening import opened
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, settings_in


def refusals(limit: RateLimit, address: str, times: int, *, is_change: bool = False) -> int:
    return sum(limit.refusal(address, is_change=is_change) is not None for _ in range(times))


def test_an_address_has_so_many_requests_and_no_more() -> None:
    limit = RateLimit(requests=10, changes=3)
    assert refusals(limit, "192.0.2.1", 12) == 2
    assert refusals(limit, "192.0.2.2", 10) == 0


def test_changes_have_a_limit_of_their_own() -> None:
    limit = RateLimit(requests=100, changes=3)
    assert refusals(limit, "192.0.2.1", 5, is_change=True) == 2
    assert refusals(limit, "192.0.2.1", 5) == 0


def test_a_network_of_ipv6_is_one_host() -> None:
    limit = RateLimit(requests=4, changes=4)
    assert [refusals(limit, f"2001:db8::{number}", 1) for number in range(1, 7)] == [0, 0, 0, 0, 1, 1]
    assert refusals(limit, "2001:db8:0:1::1", 1) == 0


def test_what_cannot_be_an_address_is_counted_by_its_own_name() -> None:
    assert refusals(RateLimit(requests=1, changes=1), "unknown", 3) == 2


def test_the_answer_says_how_long_to_wait(tmp_path: Path) -> None:
    settings = replace(settings_in(tmp_path), requests_a_minute=2)
    with opened(settings, clock=ManualClock(START_US)) as runtime:
        page = Page(runtime, None)
        assert [page.get("/session").status_code for _ in range(2)] == [401, 401]
        refused = page.get("/session")
    assert (refused.status_code, refused.json()["code"]) == (429, "request.too_often")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
