"""The running correlator: absence, lateness, skew, quarantine, a store that fails, a checkpoint that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from correlator.checkpoint import Checkpoint
from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents
from correlator.correlation.domain import MAIN, Domain
from correlator.correlation.watch import Watches
from khien.clock import SystemClock, format_utc
from khien.delivery import END
from khien.errors import KhienError
from khien.store.result import Outcome, PutResult, Rejection, RejectReason
from khien.store.sqlite.store import SqliteEventStore
from tests.correlator.stream import SECOND, START_US, Plant, login

EIGHT = [login(second) for second in range(8)]
SINGLE = """
title: A login failed
id: 66666666-6666-4666-8666-666666666666
name: single
logsource: {product: khien, service: host.auth}
detection:
  selection: {event.outcome: failure}
  condition: selection
level: medium
"""


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    plant = Plant(tmp_path)
    yield plant
    plant.close()


def test_nothing_is_said_before_the_watermark_has_passed(plant: Plant) -> None:
    plant.promise(-1)
    plant.events(EIGHT)
    plant.promise(6.5)
    plant.settle()
    assert plant.alerts() == []
    plant.promise(7)
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]


def test_the_slowest_living_source_holds_the_others(plant: Plant) -> None:
    plant.promise(-1, sensor="slow")
    plant.promise(-1)
    plant.events(EIGHT)
    plant.promise(60)
    plant.settle(after=10)
    assert plant.alerts() == []
    plant.promise(60, sensor="slow")
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]


def test_a_source_that_is_silent_for_more_than_ten_seconds_is_absent_and_what_is_found_is_incomplete(plant: Plant) -> None:
    plant.promise(-1, sensor="slow")
    plant.settle()
    plant.promise(-1)
    plant.events(EIGHT)
    plant.promise(60)
    plant.settle(after=11)
    assert plant.correlator.absent_sources() == {"live": [("slow", 1, "auth.log")]}
    assert plant.alerts() == [("ssh_bruteforce", 8, False)]


def test_in_a_replay_nobody_is_ever_absent(plant: Plant) -> None:
    dataset = "import:0123456789abcdef"
    plant.promise(-1, sensor="one", dataset=dataset)
    plant.promise(-1, sensor="two", dataset=dataset)
    plant.events(EIGHT, sensor="one", dataset=dataset)
    plant.promise(600, sensor="one", dataset=dataset)
    plant.settle(after=86_400)
    assert plant.alerts(dataset) == []
    plant.promise(600, sensor="two", dataset=dataset)
    plant.settle()
    assert plant.alerts(dataset) == [("ssh_bruteforce", 8, True)]


def test_without_any_living_source_time_itself_goes_on(plant: Plant) -> None:
    plant.promise(-1)
    plant.events(EIGHT)
    plant.settle()
    assert plant.alerts() == []
    plant.settle(after=60)
    assert plant.alerts() == [("ssh_bruteforce", 8, False)]


def test_the_backlog_of_a_sensor_that_was_cut_off_is_evaluated_in_its_own_order(plant: Plant) -> None:
    plant.promise(-1, sensor="far")
    plant.promise(-1)
    plant.settle()
    plant.settle(after=3_600)
    plant.promise(3_600)
    plant.settle()
    plant.events([EIGHT[index] for index in (3, 0, 7, 1, 5, 2, 6, 4)], sensor="far")
    plant.promise(9, sensor="far")
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 8, False)]
    assert plant.correlator.ledger().matches["late"] == 8


def test_a_late_event_of_a_single_event_rule_still_makes_its_alert(tmp_path: Path) -> None:
    plant = Plant(tmp_path, rules=compile_documents(parse_documents(SINGLE, shown_as="x.yml")))
    plant.promise(3_600)
    plant.settle()
    plant.events([login(1)])
    plant.settle()
    # Its stream had promised more than this: nobody is waited for, and it was judged again with all the others.
    assert plant.alerts() == [("single", 1, True)]
    plant.close()


def test_one_wrong_clock_closes_nobodys_windows(plant: Plant) -> None:
    plant.promise(-1)
    plant.promise(365 * 86_400, sensor="future")
    plant.events(EIGHT)
    plant.events([login(365 * 86_400)], sensor="future")
    plant.promise(60)
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 9, True)]  # the ninth counts at the time of its arrival
    matches = plant.correlator.ledger().matches
    assert (matches["skewed"], matches["skewed_promises"]) == (1, 1)


def test_lines_that_break_the_frame_are_kept_raw_with_their_reason(plant: Plant) -> None:
    bad = b'{"no": "frame"}\n'
    plant.events([EIGHT[0], bad, EIGHT[1], EIGHT[2].replace(b"T02", b"T99")[:40] + b"\n"])
    plant.settle()
    rejects = plant.correlator.quarantine.rejects()
    assert [(reject.seq, reject.reason) for reject in rejects] == [(2, "line_frame"), (4, "line_json")]
    assert rejects[0].line == bad
    ledger = plant.correlator.ledger()
    assert (ledger.total("stored"), ledger.rejected(), ledger.is_balanced) == (2, {"line_frame": 1, "line_json": 1}, True)


def test_a_batch_that_the_disk_damaged_is_rejected_and_the_rest_goes_on(plant: Plant) -> None:
    plant.promise(-1)
    plant.events([login(-2)])
    plant.events(EIGHT)
    plant.promise(60)
    log = apsw.Connection(str(plant.home.correlator / "ingest.db"))
    log.execute("update batches set body = x'00112233' where position in (1, 2)")
    log.close()
    plant.settle()
    ledger = plant.correlator.ledger()
    assert (ledger.total("stored"), ledger.rejected(), ledger.is_balanced) == (8, {"log_unreadable": 1}, True)
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]
    assert ledger.matches["promises_unreadable"] == 1


class PickyStore(SqliteEventStore):
    """A store with a mapping that does not fit one event, until it is mended."""

    is_picky = True

    def put_events(self, lines: bytes) -> PutResult:
        taken = [line for line in lines.splitlines(keepends=True) if not (self.is_picky and b'"192.0.2.66"' in line)]
        found = super().put_events(b"".join(taken)) if taken else PutResult(())
        if len(taken) == lines.count(b"\n"):
            return found
        outcomes, rejections, stored = [], [], list(found.outcomes)
        for index, line in enumerate(lines.splitlines(keepends=True)):
            is_refused = line not in taken
            outcomes.append(Outcome.REJECTED if is_refused else stored.pop(0))
            if is_refused:
                rejections.append(Rejection(index, None, RejectReason.MAPPING, "does not fit"))
        return PutResult(tuple(outcomes), tuple(rejections))


def test_what_the_store_refused_is_replayed_after_the_cause_is_mended_and_the_ledger_adds_up_again(tmp_path: Path) -> None:
    store = PickyStore(tmp_path / "events", clock=SystemClock())
    plant = Plant(tmp_path, store=store)
    plant.promise(-1)
    plant.events([b'{"no": "frame"}\n', login(0), login(1, address="192.0.2.66"), login(2)])
    plant.settle()
    ledger = plant.correlator.ledger()
    assert (ledger.total("stored"), ledger.rejected()) == (2, {"line_frame": 1, "mapping": 1})
    assert plant.correlator.replay_quarantine() == 0
    store.is_picky = False
    assert plant.correlator.replay_quarantine() == 1
    ledger = plant.correlator.ledger()
    assert (ledger.total("stored"), ledger.rejected(), ledger.is_balanced) == (3, {"line_frame": 1}, True)
    assert plant.correlator.quarantine.counts() == {"line_frame": 1}
    assert sorted(store.event_ids("live")) == ["gate-1-2", "gate-1-3", "gate-1-4"]
    plant.close()


class BrokenStore(SqliteEventStore):
    """A store whose disk is full until it is told otherwise."""

    is_full = True

    def put_events(self, lines: bytes) -> PutResult:
        if self.is_full:
            raise KhienError("store.unavailable", url="test", reason="disk full")
        return super().put_events(lines)


def test_detection_goes_on_while_the_store_takes_nothing_and_nothing_is_lost(tmp_path: Path) -> None:
    store = BrokenStore(tmp_path / "events", clock=SystemClock())
    plant = Plant(tmp_path, store=store)
    plant.promise(-1)
    plant.events(EIGHT)
    plant.promise(60)
    with pytest.raises(KhienError, match="disk full"):
        plant.settle()
    ledger = plant.correlator.ledger()
    assert (ledger.total("spooled"), ledger.total("stored"), ledger.matches["alerts_opened"]) == (8, 0, 1)
    plant.reopen()
    store.is_full = False
    plant.settle()
    ledger = plant.correlator.ledger()
    assert (ledger.total("spooled"), ledger.total("stored"), ledger.is_balanced) == (0, 8, True)
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]
    plant.close()


def test_after_a_failed_checkpoint_the_same_is_done_again(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.promise(-1)
    plant.events(EIGHT[:5])
    plant.promise(4)
    plant.settle()
    real, fails = Checkpoint._write_domain, [True]

    def failing(self: Checkpoint, domain: Domain) -> None:
        real(self, domain)
        if fails.pop() if fails else False:
            raise apsw.FullError

    monkeypatch.setattr(Checkpoint, "_write_domain", failing)
    plant.events(EIGHT[5:])
    plant.promise(60)
    with pytest.raises(apsw.FullError):
        plant.settle()
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]
    assert plant.correlator.ledger().matches["matched"] == 8


def test_an_open_episode_grows_across_a_restart_and_stays_one_alert(plant: Plant) -> None:
    plant.promise(-1)
    plant.events(EIGHT)
    plant.promise(7)
    plant.settle()
    plant.reopen()
    plant.events([login(20), login(30)])
    plant.promise(60)
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 10, True)]


@pytest.mark.parametrize("name", ["ingest.db", "checkpoint.db", "quarantine.db"])
def test_state_of_another_version_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    plant = Plant(tmp_path)
    plant.correlator.close()
    path = plant.home.correlator / name
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 99)
    connection.close()
    with pytest.raises(KhienError) as caught:
        plant._open()
    assert caught.value.code == "correlation.state_version"
    assert "restore the folder from your backup" in caught.value.hint()
    assert path.exists()
    plant.store.close()


def test_a_damaged_state_is_one_clear_error(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    plant.correlator.close()
    (plant.home.correlator / "checkpoint.db").write_bytes(b"this is no database, and long enough to be read as one" * 100)
    with pytest.raises(KhienError) as caught:
        plant._open()
    assert caught.value.code == "correlation.state_unreadable"
    plant.store.close()


def stamped(line: bytes, time_us: int, event_id: str) -> bytes:
    """The line with this time and id, as ingest would write them."""
    rest = line.partition(b'"event":{')[2]
    return f'{{"@timestamp":"{format_utc(time_us)}","event":{{"id":"{event_id}",'.encode() + rest


def test_a_flood_of_new_groups_drives_out_newcomers_and_not_the_attack_that_has_begun(plant: Plant) -> None:
    rules = plant.correlator.rules
    domain = Domain("import:a", Watches(rules.plan, most_groups=100))
    domain.promise(("a", 1, "f"), promise_us=-(2**63), now_us=0, ingested_us=0)
    number = next(rule.number for rule in rules.plan.detections if rule.rule.name == "ssh_login_failed")
    seq = 0
    for attempt in range(8):
        for other in range(300 if attempt else 1):
            seq += 1
            address = "203.0.113.9" if other == 0 else f"2001:db8::{attempt:x}:{other:x}"
            line = login(attempt * 12 + other / 100, address=address)
            when = START_US + attempt * 12 * SECOND + other * SECOND // 100
            line = stamped(line, when, f"a-1-{seq}")
            domain.observe(line, [(0, len(line), [number])], ingested_us=0)
    domain.promise(("a", 1, "f"), promise_us=END, now_us=0, ingested_us=0)
    found = {alert.rule.name: alert for alert in domain.take_alerts()}
    assert found["ssh_bruteforce"].group.values == ("203.0.113.9",)
    assert not found["ssh_bruteforce"].explanation.estimated
    assert set(found) == {"ssh_bruteforce", "state_pressure"}
    pressure = found["state_pressure"]
    assert (pressure.group.values, pressure.hits) == (("ssh_bruteforce",), domain.counts["groups_evicted"])
    assert pressure.hits > 1_000


def test_too_many_waiting_events_are_evaluated_early_and_counted(plant: Plant) -> None:
    rules = plant.correlator.rules
    domain = Domain("import:a", Watches(rules.plan), most_pending=100)
    domain.promise(("a", 1, "f"), promise_us=-(2**63), now_us=0, ingested_us=0)
    number = next(rule.number for rule in rules.plan.detections if rule.rule.name == "ssh_login_failed")
    for seq in range(1, 151):
        when = START_US + seq * SECOND
        line = stamped(login(seq), when, f"a-1-{seq}")
        domain.observe(line, [(0, len(line), [number])], ingested_us=0)
    assert domain.lane(MAIN).native.pending_count <= 100
    assert domain.counts["forced"] >= 50
    domain.promise(("a", 1, "f"), promise_us=END, now_us=0, ingested_us=0)
    assert domain.counts["matched"] == 150
    assert [alert.complete for alert in domain.take_alerts()] == [False]
