"""The duty board: what it says, to whom, and that it needs nothing but HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from incident_api.ledger import service as ledger
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def counts(text: str) -> list[int]:
    return [int(each) for each in re.findall(r'class="count">(\d+)<', text)]


def test_it_counts_open_groups_by_severity_and_says_who_is_on_duty(runtime: Runtime) -> None:
    post(runtime, alert(1, level=Level.CRITICAL), alert(2, rule="b", level=Level.LOW), alert(3, rule="c", dataset="import:x"))
    answer = Page(runtime, "irt.analyst.1").get("//board")
    assert answer.status_code == 200
    assert counts(answer.text) == [1, 0, 0, 1]
    # The example rota on Monday 23/11/2026 at 09:00: analysts 2 and 5, shift lead 2.
    for name in ("Trưởng ca 2", "Chuyên viên phân tích 5", "09:00:00 23/11/2026"):
        assert name in answer.text
    # Their own telephones are in the page, for those who are logged in; not on a wall.
    assert "+84000000035" not in answer.text
    assert "<title>Bảng trực ban" in answer.text
    assert "<title>Duty board" in Page(runtime, "irt.analyst.1").get("//board", lang="en").text


def test_it_has_no_script_and_every_style_has_the_nonce_of_the_policy(runtime: Runtime) -> None:
    answer = Page(runtime, "irt.analyst.1").get("//board")
    page = _Tags(answer.text)
    assert not {"script", "iframe", "object", "link", "img"} & set(page.tags)
    assert all(not name.startswith("on") and name != "style" for name, _ in page.attributes)
    (nonce,) = [value for name, value in page.attributes if name == "nonce"]
    assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
    assert ("http-equiv", "refresh") in page.attributes
    assert ("http-equiv", "refresh") not in _Tags(Page(runtime, "irt.analyst.1").get("//board", still="1").text).attributes
    assert answer.headers["cache-control"] == "no-store"


def test_titles_and_addresses_that_an_attacker_wrote_are_not_on_the_wall(runtime: Runtime) -> None:
    post(runtime, alert(1, rule="<script>alert(1)</script>", source="203.0.113.66"))
    ledger.publish(
        runtime,
        component="correlator",
        ledger={"streams": [{"sensor": "<img src=x onerror=alert(1)>", "dataset": "live", "dropped": 3}]},
        size_bytes=100,
    )
    text = Page(runtime, "irt.analyst.1").get("//board").text
    assert "203.0.113.66" not in text
    assert not {"script", "img"} & set(_Tags(text).tags)
    assert "đã mất 3 sự kiện" in text


def test_a_part_that_its_reader_may_not_see_is_not_counted(runtime: Runtime) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    # The head of the PC Office reads duty, and no alerts.
    head = Page(runtime, "pc_office.head").get("//board")
    assert head.status_code == 200
    assert counts(head.text) == []
    assert "không được xem" in head.text


def test_a_contact_of_a_unit_and_a_stranger_have_no_board(runtime: Runtime) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    contact = Page(runtime, "unit.contact.x-vinh-loc").get("//board")
    assert (contact.status_code, counts(contact.text)) == (403, [])
    stranger = Page(runtime, None).get("//board")
    assert (stranger.status_code, counts(stranger.text)) == (401, [])
    assert "refresh" not in stranger.text


def test_an_address_opens_the_board_until_it_is_revoked_and_is_no_calendar(runtime: Runtime) -> None:
    owner, wall = Page(runtime, "irt.analyst.1"), Page(runtime, None)
    made = owner.post("/duty/feeds", {"kind": "board", "name": "Màn hình phòng trực"}).json()
    assert made["path"].startswith("/board/")
    assert wall.get(f"/{made['path']}").status_code == 200
    token = made["path"].rpartition("/")[2]
    assert wall.get(f"/duty/feeds/{token}.ics").status_code == 404
    calendar = owner.post("/duty/feeds", {"kind": "rota", "name": "Lịch"}).json()["path"].rpartition("/")[2].removesuffix(".ics")
    assert wall.get(f"//board/{calendar}").status_code == 401
    owner.post(f"/duty/feeds/{made['feed']['id']}/revoke", {})
    assert wall.get(f"/{made['path']}").status_code == 401


def test_looking_at_the_board_does_not_keep_a_session_alive(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, "irt.analyst.1")
    for _ in range(4):
        clock.advance(seconds=600)
        last = page.get("//board")
    assert last.status_code == 401


def test_what_fell_silent_is_not_green(runtime: Runtime, clock: ManualClock) -> None:
    ledger.publish(runtime, component="correlator", ledger={"streams": []}, size_bytes=10)
    clock.advance(seconds=301)
    assert "correlator: im lặng 5 phút" in Page(runtime, "irt.analyst.1").get("//board").text
