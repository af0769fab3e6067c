"""Calendar files out and in: valid RFC 5545, stable names, nothing but duty; hostile files end quickly with a sentence."""

from __future__ import annotations

import datetime as dt
import re
import time
from typing import Any

import pytest
from icalendar import Calendar

from incident_api.duty import ics_in
from incident_api.duty.models import DutyFeed
from incident_api.duty.wall import DAY_US, HOUR_US
from incident_api.runtime import Runtime
from khien.clock import ManualClock, parse_utc
from khien.errors import KhienError
from tests.incident_api.city import START_US, Page

FROM, TO = parse_utc("2026-12-01T00:00:00Z"), parse_utc("2027-06-01T00:00:00Z")
ZONE = "Asia/Ho_Chi_Minh"


def file_of(*lines: str, uid: str = "a@b") -> str:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//EN", "BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z"]
    return "\r\n".join([*head, *lines, "END:VEVENT", "END:VCALENDAR", ""])


def read(text: str) -> list[ics_in.Entry]:
    return ics_in.read(text.encode(), zone=ZONE, from_us=FROM, to_us=TO)


def events_of(body: bytes) -> list[Any]:
    found: list[Any] = Calendar.from_ical(body).walk("VEVENT")
    return found


def feed(runtime: Runtime, account: str, **body: str) -> tuple[Page, str]:
    page = Page(runtime, account)
    answer = page.post("/duty/feeds", {"name": "Lịch của tôi", **body})
    assert answer.status_code == 201, answer.text
    return page, answer.json()["path"].removeprefix("/api/v1")


def test_a_feed_holds_ones_own_shifts_with_their_zone_and_without_a_log_in(runtime: Runtime) -> None:
    page, path = feed(runtime, "irt.analyst.2")
    answer = Page(runtime, None).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    events = events_of(answer.content)
    shown = {(round(each["DTSTART"].dt.timestamp()), round(each["DTEND"].dt.timestamp())) for each in events}
    said = page.get("/duty/calendar", from_us=START_US - 15 * DAY_US, to_us=START_US + 90 * DAY_US, person="irt.analyst.2").json()
    assert shown == {(each["start_us"] // 1_000_000, each["end_us"] // 1_000_000) for each in said["shifts"]}
    assert all(each["DTSTART"].params["TZID"] == ZONE for each in events)
    assert [each["TZID"] for each in calendar.walk("VTIMEZONE")] == [ZONE]


def test_the_file_is_as_the_standard_says(runtime: Runtime) -> None:
    """RFC 5545: CRLF and lines of 75 octets (3.1), PRODID and VERSION (3.6), UID, DTSTAMP, DTSTART in each event (3.6.1)."""
    _, path = feed(runtime, "irt.analyst.2", kind="rota")
    body = Page(runtime, None).get(path).content
    assert body.endswith(b"END:VCALENDAR\r\n")
    lines = body.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    calendar = Calendar.from_ical(body)
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    events = events_of(body)
    assert len(events) > 500
    for each in events:
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"} <= set(each)
        assert not {"DESCRIPTION", "LOCATION", "ATTENDEE", "ORGANIZER", "COMMENT", "URL"} & set(each)
    names = [str(each["UID"]) for each in events]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[0-9a-f]{32}@duty\.[a-z0-9.-]+", name) for name in names)


def test_the_name_of_a_shift_stays_when_its_person_changes(runtime: Runtime) -> None:
    _, path = feed(runtime, "irt.analyst.2", kind="rota")
    start = START_US - 2 * HOUR_US + DAY_US

    def shift() -> tuple[str, str, int]:
        at_start = [
            each for each in events_of(Page(runtime, None).get(path).content) if each["DTSTART"].dt.timestamp() * 10**6 == start
        ]
        names = ("phân tích 1", "phân tích 3")
        (found,) = (each for each in at_start if str(each["SUMMARY"]).endswith(names) and "dự bị" not in each["SUMMARY"])
        return str(found["UID"]), str(found["SUMMARY"]), int(found["SEQUENCE"])

    before = shift()
    body = {"seat": "analyst-web", "person": "irt.analyst.3", "start_us": start, "end_us": start + 12 * HOUR_US, "reason": "x"}
    assert Page(runtime, "irt.leader").post("/duty/overrides", body).status_code == 201
    after = shift()
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert after[2] > before[2]


def test_the_token_is_not_stored_and_a_revoked_address_leads_nowhere(runtime: Runtime) -> None:
    page, path = feed(runtime, "irt.analyst.2")
    token = path.rpartition("/")[2].removesuffix(".ics")
    with runtime.database.read() as session:
        row = session.get_one(DutyFeed, 1)
        assert token not in {getattr(row, column.name) for column in DutyFeed.__table__.columns}
    assert page.get("/duty/feeds").json()["feeds"][0]["revoked_us"] is None
    assert Page(runtime, "irt.analyst.3").post("/duty/feeds/1/revoke", {}).status_code == 404
    assert page.post("/duty/feeds/1/revoke", {}).status_code == 200
    gone, never = (Page(runtime, None).get(each) for each in (path, path.replace(token, "A" * len(token))))
    assert gone.status_code == never.status_code == 404
    assert gone.json()["code"] == never.json()["code"]


def test_the_feed_of_somebody_who_was_disabled_leads_nowhere(runtime: Runtime) -> None:
    from incident_api.people.service import disable_user  # noqa: PLC0415 - here only

    _, path = feed(runtime, "irt.analyst.2")
    disable_user(runtime, account="irt.analyst.2")
    assert Page(runtime, None).get(path).status_code == 404


def test_leave_of_a_calendar_file_is_asked_for_once(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.1")
    text = file_of(
        "SUMMARY:Nghỉ phép", "DTSTART;VALUE=DATE:20261207", "DTEND;VALUE=DATE:20261209", "RRULE:FREQ=WEEKLY;COUNT=3",
        "EXDATE;VALUE=DATE:20261214",
    )  # fmt: skip
    body = {"ics": text, "from_us": FROM, "to_us": TO}
    looked = page.post("/duty/leave/import", {**body, "dry_run": True}).json()
    assert (looked["new"], page.get("/duty/leave").json()["leave"]) == (2, [])
    first, again = (page.post("/duty/leave/import", body).json() for _ in range(2))
    assert (first["read"], first["new"], first["known"]) == (2, 2, 0)
    assert (again["read"], again["new"], again["known"]) == (2, 0, 2)
    asked = page.get("/duty/leave").json()["leave"]
    assert [(each["start_us"], each["end_us"], each["state"]) for each in asked] == [
        (parse_utc("2026-12-06T17:00:00Z"), parse_utc("2026-12-08T17:00:00Z"), "asked"),
        (parse_utc("2026-12-20T17:00:00Z"), parse_utc("2026-12-22T17:00:00Z"), "asked"),
    ]


def test_leave_that_is_over_is_not_asked_for(runtime: Runtime, clock: ManualClock) -> None:
    clock.us = parse_utc("2026-12-20T00:00:00Z")
    text = file_of("SUMMARY:x", "DTSTART;VALUE=DATE:20261207", "DTEND;VALUE=DATE:20261209")
    answer = Page(runtime, "irt.analyst.1").post("/duty/leave/import", {"ics": text, "from_us": FROM, "to_us": TO}).json()
    assert (answer["new"], answer["outside"]) == (0, 1)


def test_times_count_in_the_zone_that_they_name_and_else_in_the_rotas() -> None:
    (utc,) = read(file_of("DTSTART:20261207T010000Z", "DTEND:20261207T020000Z"))
    (local,) = read(file_of("DTSTART:20261207T080000", "DTEND:20261207T090000"))
    (berlin,) = read(file_of("DTSTART;TZID=Europe/Berlin:20261207T020000", "DTEND;TZID=Europe/Berlin:20261207T030000"))
    assert utc.start_us == local.start_us == berlin.start_us == parse_utc("2026-12-07T01:00:00Z")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("DTSTART:20261207T000000Z", "DTEND:20261207T000001Z", "RRULE:FREQ=SECONDLY"), "duty.ics_rule"),
        (("DTSTART:20261207T000000Z", "DTEND:20261207T000001Z", "RRULE:FREQ=DAI\r\n LY;BYSECOND=1,2,3"), "duty.ics_rule"),
        (("DTSTART:20261207T000000Z", "DTEND:20261207T000001Z", "rrule:freq=minutely"), "duty.ics_rule"),
        (("DTSTART:20261207T000000Z", "DTEND:20261207T000001Z", "EXRULE:FREQ=DAILY"), "duty.ics_rule"),
        (("DTSTART:20261207T000000Z", "DTEND:20261207T000001Z", "RRULE:FREQ=DAILY;BYMONTHDAY=" + "1," * 400), "duty.ics_rule"),
        (("DTSTART:20261207T000000Z", "DTEND:20261206T000000Z"), "duty.ics_unreadable"),
        (("DTSTART:hôm qua",), "duty.ics_unreadable"),
    ],
)
def test_what_leave_never_needs_is_refused_by_name(lines: tuple[str, ...], code: str) -> None:
    with pytest.raises(KhienError) as refused:
        read(file_of(*lines))
    assert refused.value.code == code
    assert refused.value.sentence("vi")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;BYDAY=MO",
        "FREQ=YEARLY;INTERVAL=9999;BYYEARDAY=366",
    ],
)
def test_a_rule_that_never_comes_true_ends(rule: str) -> None:
    started = time.process_time()
    try:
        assert read(file_of("DTSTART:19700101T000000Z", "DTEND:19700101T010000Z", f"RRULE:{rule}")) == []
    except KhienError as error:
        assert error.code in {"duty.ics_too_long", "duty.ics_unreadable"}  # noqa: PT017 - either way of ending is one
    # Whatever it did, it did in the child.
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x" * (ics_in.BYTES + 1), "bytes"),
        ("\n" * (ics_in.LINES + 1), "lines"),
        ("BEGIN:VEVENT\n" * (ics_in.EVENTS + 1), "events"),
    ],
)
def test_a_file_that_is_too_large_is_refused_before_it_is_read(text: str, what: str) -> None:
    with pytest.raises(KhienError) as refused:
        read(text)
    assert (refused.value.code, refused.value.params["what"]) == ("duty.ics_too_large", what)


def test_more_occurrences_than_leave_can_have_are_refused() -> None:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261201T0{number % 10}0000Z\r\n"
        "DURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n"
        for number in range(15)
    )
    with pytest.raises(KhienError) as refused:
        read(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n")
    assert (refused.value.code, refused.value.params["what"]) == ("duty.ics_too_large", "occurrences")


def test_a_file_of_holidays_is_compared_and_changes_nothing(runtime: Runtime) -> None:
    text = "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
        + [
            line
            for day, name in (("20270101", "Tết Dương lịch"), ("20271124", "Ngày Văn hóa"))
            for line in (
                "BEGIN:VEVENT",
                f"UID:{day}",
                "DTSTAMP:20261101T000000Z",
                f"DTSTART;VALUE=DATE:{day}",
                f"SUMMARY:{name}",
                "END:VEVENT",
            )
        ]
        + ["END:VCALENDAR", ""]
    )
    answer = Page(runtime, "irt.leader").post("/duty/holidays/compare", {"ics": text, "year": 2027}).json()
    differences = {each["date"]: (each["in_file"], each["in_calendar"]) for each in answer["differences"]}
    assert answer["agree"] == 1
    assert differences["2027-11-24"] == (True, False)
    assert differences["2027-02-06"] == (False, True)
    # 14 days are named in the signed file of 2027, one of which the file has too.
    assert len(differences) == 14


def test_days_of_an_entry_are_counted_without_its_end() -> None:
    (entry,) = read(file_of("DTSTART;VALUE=DATE:20270204", "DTEND;VALUE=DATE:20270207", "SUMMARY:Tết"))
    assert sorted(ics_in.days_of([entry], 2027)) == [dt.date(2027, 2, 4), dt.date(2027, 2, 5), dt.date(2027, 2, 6)]
