"""The job table: one ticks, each job once, late ones once, failing ones seen and tried again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from incident_api.audit.models import AuditRow
from incident_api.coordination.organisation import Text
from incident_api.jobs import lease, service, tick
from incident_api.jobs.models import JobLease, JobRow
from incident_api.jobs.schedule import At, Every, Job
from incident_api.jobs.table import JOBS
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.app.cli import main
from khien.clock import ManualClock, parse_utc
from khien.errors import KhienError
from tests.incident_api.city import START_US, Page, city

SECOND = 1_000_000


class Work:
    """A job in the hand of a test."""

    def __init__(self, every: Every | At) -> None:
        self.ran: list[int] = []
        self.raises: Exception | None = None
        self.job = Job("work", Text(vi="việc", en="work"), every, self.run)

    def run(self, _runtime: Runtime, now_us: int) -> str:
        self.ran.append(now_us)
        if self.raises is not None:
            raise self.raises
        return f"run {len(self.ran)}"

    def round(self, runtime: Runtime, *, holder: str = "one") -> int:
        claims = tick.due(runtime, (self.job,), holder=holder)
        for claim in claims:
            tick.perform(runtime, claim)
        return len(claims)

    def row(self, runtime: Runtime) -> JobRow:
        with runtime.database.read() as session:
            return session.get_one(JobRow, ("work", ""))


def test_a_time_of_the_citys_day_comes_when_its_clock_says_so() -> None:
    monday_nine = parse_utc("2026-11-23T09:00:00+07:00")
    for given, expected in (
        (At(time="09:00"), "2026-11-24T09:00:00+07:00"),
        (At(time="09:01"), "2026-11-23T09:01:00+07:00"),
        (At(time="03:00", weekday=1), "2026-11-30T03:00:00+07:00"),
        (At(time="00:30", day=1), "2026-12-01T00:30:00+07:00"),
        (At(time="17:00", day=23), "2026-11-23T17:00:00+07:00"),
    ):
        assert given.next_us(monday_nine) == parse_utc(expected)


def test_a_late_job_catches_up_once(runtime: Runtime, clock: ManualClock) -> None:
    daily, often = Work(At(time="03:00")), Work(Every(seconds=60))
    daily.job = Job("daily", daily.job.text, daily.job.every, daily.run)
    for work in (daily, often):
        work.round(runtime)
    assert (len(daily.ran), len(often.ran)) == (0, 1)
    clock.advance(seconds=5 * 86_400)
    for work in (daily, often):
        assert [work.round(runtime), work.round(runtime)] == [1, 0]
    assert often.row(runtime).due_us == clock.us + 60 * SECOND


def test_one_process_ticks_and_the_next_follows_when_it_falls_silent(runtime: Runtime, clock: ManualClock) -> None:
    work = Work(Every(seconds=5))
    assert work.round(runtime, holder="one") == 1
    clock.advance(seconds=29)
    assert work.round(runtime, holder="two") == 0
    clock.advance(seconds=1)
    assert work.round(runtime, holder="two") == 1
    with runtime.database.read() as session:
        held = session.get_one(JobLease, lease.NAME)
        assert (held.holder, held.fence) == ("two", 2)
    assert work.round(runtime, holder="one") == 0


def test_a_lease_from_a_clock_that_was_ahead_binds_nobody(runtime: Runtime, clock: ManualClock) -> None:
    work = Work(Every(seconds=5))
    clock.advance(seconds=86_400)
    work.round(runtime, holder="one")
    clock.advance(seconds=-86_400)
    with runtime.database.write() as session:
        assert lease.take(session, holder="two", now_us=clock.us) == 2


def test_what_a_killed_process_had_begun_is_run_again_by_the_next_at_once(runtime: Runtime, clock: ManualClock) -> None:
    work = Work(Every(seconds=5))
    (begun,) = tick.due(runtime, (work.job,), holder="killed")
    assert tick.due(runtime, (work.job,), holder="killed") == []
    clock.advance(seconds=31)
    assert work.round(runtime, holder="next") == 1
    # The first one was not dead after all: its end changes nothing any more.
    before = work.row(runtime).version
    tick.perform(runtime, begun)
    assert work.row(runtime).version == before


def test_two_tickers_at_once_claim_a_job_once(runtime: Runtime) -> None:
    work = Work(Every(seconds=3600))
    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(lambda _: len(tick.due(runtime, (work.job,), holder="same")), range(8)))
    assert sum(claimed) == 1


def test_a_job_that_raises_is_recorded_seen_in_health_and_tried_again_later_and_later(runtime: Runtime, clock: ManualClock) -> None:
    work = Work(Every(seconds=60))
    work.raises = RuntimeError("đĩa đầy")
    waits = []
    for _ in range(5):
        assert work.round(runtime) == 1
        row = work.row(runtime)
        assert (row.state, row.last_error) == ("failing", "RuntimeError: đĩa đầy")
        waits.append((row.due_us - clock.us) // SECOND)
        clock.us = row.due_us
    assert waits == [5, 10, 20, 40, 80]
    checks = {each["name"]: each for each in Page(runtime, None).get("/health").json()["checks"]}
    assert checks["jobs"]["light"] == "degraded"
    assert "work" in checks["jobs"]["text"]["vi"]
    work.raises = None
    work.round(runtime)
    row = work.row(runtime)
    assert (row.state, row.attempt, row.failures, row.runs, row.last_error, row.last_result) == ("waiting", 0, 5, 6, None, "run 6")
    assert {each["name"]: each["light"] for each in Page(runtime, None).get("/health").json()["checks"]}["jobs"] == "ok"


def test_the_administrator_runs_a_job_and_it_is_on_record_with_their_name(runtime: Runtime) -> None:
    page = Page(runtime, "sysadmin")
    answer = page.post("/jobs/escalation/run", {})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["runs"], answer.json()["state"], answer.json()["last_run_us"]) == (1, "waiting", START_US)
    with runtime.database.read() as session:
        record = session.query(AuditRow).filter(AuditRow.act == "job.run").one()
    assert (record.actor, record.object) == ("sysadmin", "job/escalation")
    assert page.post("/jobs/nothing/run", {}).json()["code"] == "job.unknown"
    listed = page.get("/jobs").json()["jobs"]
    assert [each["name"] for each in listed] == [job.name for job in JOBS]
    assert all(each["text"]["vi"] and each["schedule"]["vi"] for each in listed)


def test_a_job_that_runs_is_not_run_a_second_time_by_hand(runtime: Runtime) -> None:
    escalation = JOBS[0]
    assert tick.due(runtime, (escalation,), holder="ticker")
    with pytest.raises(KhienError, match="is running"):
        service.run_now(runtime, name=escalation.name, actor=Actor.job("test"))


def test_the_command_line_lists_and_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with city(tmp_path) as made:
        home, url = str(made.settings.home.root), made.settings.url
    given = ["--home", home, "--language", "vi", "--database", url]
    assert main(["jobs", "run", "escalation", *given]) == 0
    assert main(["jobs", "list", "--json", *given]) == 0
    found = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    assert [each["runs"] for each in found["jobs"] if each["name"] == "escalation"] == [1]
    assert main(["jobs", "list", *given]) == 0
    assert "không có tiến trình nào đếm giờ" in capsys.readouterr().out
    assert main(["jobs", "run", "nothing", *given]) == 3
