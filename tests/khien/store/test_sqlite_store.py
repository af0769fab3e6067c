"""What SQLite does beyond the contract: its files, its one writer, its quota, its version, its damage."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from khien.clock import ManualClock
from khien.errors import KhienError
from khien.home import Home
from khien.store import AlertQuery, EventQuery, FieldFilter, HealthState, open_store
from khien.store.sqlite.connection import check_version
from khien.store.sqlite.search import event_sql, search_file
from khien.store.sqlite.store import SqliteEventStore
from tests.khien.store.made_events import SECOND, START, event_line, event_lines, made_alert

DAY = 86_400 * SECOND
EVER = 4_000 * DAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteEventStore]:
    store = SqliteEventStore(tmp_path / "events", clock=ManualClock(START))
    yield store
    store.close()


def names(folder: Path) -> list[str]:
    """Event files in the folder."""
    return sorted(path.name for path in folder.glob("*.db") if path.name not in {"catalogue.db", "alerts.db"})


def ask(**more: object) -> EventQuery:
    """A query over all times of live."""
    return EventQuery(datasets=("live",), start_us=START - EVER, end_us=START + EVER, **more)  # type: ignore[arg-type]


def test_live_events_lie_in_a_file_a_day_of_ingest_and_each_import_in_its_own(store: SqliteEventStore, tmp_path: Path) -> None:
    late = event_line(3, time_us=START - 5 * DAY, ingested_us=START + DAY)
    store.put_events(event_line(1) + event_line(2, ingested_us=START + DAY) + late)
    store.put_events(event_line(4, dataset="import:0a1b") + event_line(5, dataset="exercise:lab"))
    assert names(tmp_path / "events") == ["2026-11-10.db", "2026-11-11.db", "exercise-lab.db", "import-0a1b.db"]
    ranges = {file.name: (file.first_us, file.last_us) for file in store._catalogue.files()}
    assert ranges["2026-11-11.db"] == (START - 5 * DAY, START + 2 * SECOND)
    assert ranges["2026-11-10.db"] == (START + SECOND, START + SECOND)


def test_a_second_writer_is_refused_and_a_reader_is_not(store: SqliteEventStore, tmp_path: Path) -> None:
    store.put_events(event_lines([1, 2]))
    with pytest.raises(KhienError) as caught:
        SqliteEventStore(tmp_path / "events", clock=ManualClock(START))
    assert caught.value.code == "store.already_open"
    reader = SqliteEventStore(tmp_path / "events", clock=ManualClock(START), is_read_only=True)
    assert reader.count("live") == 2
    store.put_events(event_lines([3]) + event_line(4, ingested_us=START + DAY))
    store.put_alerts([made_alert(1)])
    assert len(reader.search_events(ask()).lines) == 4, "a reader sees new rows and new files"
    assert list(reader.alert_ids("live")) == [made_alert(1).id]
    with pytest.raises(KhienError, match="for reading only"):
        reader.put_events(event_lines([5]))
    with pytest.raises(KhienError, match="for reading only"):
        reader.put_alerts([])
    reader.close()


def test_a_reader_of_a_folder_that_is_not_there_yet_finds_nothing(tmp_path: Path) -> None:
    reader = SqliteEventStore(tmp_path / "nothing", clock=ManualClock(START), is_read_only=True)
    assert reader.search_events(ask()).lines == ()
    assert reader.search_alerts(AlertQuery(datasets=("live",), start_us=0, end_us=1)).alerts == ()
    assert reader.health().state is HealthState.OK
    reader.close()
    assert not (tmp_path / "nothing").exists()


def test_the_writer_lock_is_free_again_after_close(tmp_path: Path) -> None:
    for _ in range(2):
        store = SqliteEventStore(tmp_path / "events", clock=ManualClock(START))
        store.put_events(event_lines([1]))
        store.close()
        store.close()
    reader = SqliteEventStore(tmp_path / "events", clock=ManualClock(START), is_read_only=True)
    assert reader.count("live") == 1
    reader.close()


@pytest.mark.parametrize(("version", "is_safe"), [("3.40.1", False), ("3.51.2", False), ("3.51.3", True), ("3.54.0", True)])
def test_a_sqlite_that_can_corrupt_wal_files_is_refused(version: str, is_safe: bool) -> None:  # noqa: FBT001
    if is_safe:
        check_version(version)
        return
    with pytest.raises(KhienError) as caught:
        check_version(version)
    assert caught.value.code == "store.sqlite_too_old"
    assert "3.51.3" in caught.value.sentence("vi")


def test_the_installed_sqlite_is_safe() -> None:
    check_version()


def test_a_damaged_file_is_named_and_not_a_stack_trace(store: SqliteEventStore, tmp_path: Path) -> None:
    store.put_events(event_lines([1]))
    store.close()
    (tmp_path / "events" / "2026-11-10.db").write_bytes(b"this is no database" * 500)
    reader = SqliteEventStore(tmp_path / "events", clock=ManualClock(START), is_read_only=True)
    with pytest.raises(KhienError) as caught:
        reader.search_events(ask())
    assert caught.value.code == "store.damaged"
    assert "2026-11-10.db" in str(caught.value)
    reader.close()


def test_the_quota_drops_the_oldest_day_and_counts_it(tmp_path: Path) -> None:
    store = SqliteEventStore(tmp_path / "events", clock=ManualClock(START), quota_bytes=1_500_000)
    padding: dict[str, object] = {"message": "x" * 2_000}
    seq = 0
    for day in range(4):
        lines = b""
        for _ in range(150):
            seq += 1
            lines += event_line(seq, ingested_us=START + day * DAY, members=padding)
        store.put_events(lines)
    health = store.health()
    kept = names(tmp_path / "events")
    assert "2026-11-10.db" not in kept
    assert kept[-1] == "2026-11-13.db"
    assert health.events_dropped["quota"] % 150 == 0
    assert store.count("live") + health.events_dropped["quota"] == 600
    assert not list((tmp_path / "events").glob("2026-11-10.db*"))
    store.close()


def test_a_reader_that_looks_while_a_day_is_dropped_sees_the_rest(store: SqliteEventStore, tmp_path: Path) -> None:
    store.put_events(event_lines([1]) + event_line(2, ingested_us=START + DAY))
    reader = SqliteEventStore(tmp_path / "events", clock=ManualClock(START), is_read_only=True)
    assert len(reader.search_events(ask()).lines) == 2
    (tmp_path / "events" / "2026-11-10.db").unlink()
    assert len(reader.search_events(ask()).lines) == 1
    assert list(reader.event_ids("live")) == ["gate.one-1-2"]
    reader.close()


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "2026-11-10.db").mkdir()  # stands in for a file that cannot be opened, also for root
    store = SqliteEventStore(tmp_path / "events", clock=ManualClock(START))
    with pytest.raises(KhienError) as caught:
        store.put_events(event_lines([1]))
    assert caught.value.code == "store.damaged"
    assert "2026-11-10.db" in str(caught.value)
    store.close()


def test_a_full_quota_without_anything_to_drop_refuses_before_taking(tmp_path: Path) -> None:
    store = SqliteEventStore(tmp_path / "events", clock=ManualClock(START), quota_bytes=300_000)
    store.put_events(b"".join(event_line(n, dataset="import:aa", members={"message": "y" * 3_000}) for n in range(200)))
    with pytest.raises(KhienError) as caught:
        store.put_events(event_lines([900]))
    assert caught.value.code == "store.quota_full"
    assert (store.count("live"), store.count("import:aa")) == (0, 200)
    assert store.health().state is HealthState.DEGRADED
    store.close()


def test_what_was_put_survives_a_process_that_never_closes(tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        child = SqliteEventStore(tmp_path / "events", clock=ManualClock(START))
        child.put_events(event_lines(range(1, 501)))
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    store = SqliteEventStore(tmp_path / "events", clock=ManualClock(START))
    assert store.count("live") == 500
    assert store.put_events(event_lines([500, 501])).stored == 1
    store.close()


def test_a_search_that_takes_too_long_is_stopped(store: SqliteEventStore, tmp_path: Path) -> None:
    class LateClock(ManualClock):
        """Every look at it costs a minute."""

        def monotonic(self) -> float:
            self.advance(seconds=60)
            return super().monotonic()

    store.put_events(event_lines(range(1, 20_001)))
    query = ask(filters=(FieldFilter("khien.seq", ("1",)),))
    with store._readers.borrow(tmp_path / "events" / "2026-11-10.db") as reader:
        assert len(search_file(reader, query, clock=ManualClock())) == 1
        with pytest.raises(KhienError) as caught:
            search_file(reader, query, clock=LateClock())
    assert caught.value.code == "store.search_too_long"


@pytest.mark.parametrize(
    ("filters", "text", "index"),
    [
        ((), None, "event_time"),
        ((FieldFilter("event.dataset", ("network.dns",)),), None, "event_dataset"),
        ((FieldFilter("source.ip", ("10.0.0.1",)),), None, "event_source"),
        ((FieldFilter("destination.ip", ("10.0.0.1",)),), None, "event_destination"),
        ((FieldFilter("user.name", ("an",)),), None, "searched VIRTUAL TABLE"),
        ((), "su co", "searched VIRTUAL TABLE"),
    ],
)
def test_common_searches_use_an_index(
    store: SqliteEventStore, tmp_path: Path, filters: tuple[FieldFilter, ...], text: str | None, index: str
) -> None:
    store.put_events(event_lines(range(1, 50)))
    sql, bindings = event_sql(ask(filters=filters, text=text))
    with store._readers.borrow(tmp_path / "events" / "2026-11-10.db") as reader:
        plan = " ".join(str(row[3]) for row in reader.execute(f"EXPLAIN QUERY PLAN {sql}", bindings))
    assert index in plan
    assert "SCAN event" not in plan or "USING INDEX" in plan


def test_readers_work_while_the_writer_writes(store: SqliteEventStore) -> None:
    stop, failures, reads = threading.Event(), list[BaseException](), list[int]()

    def read() -> None:
        while not stop.is_set():
            try:
                reads.append(len(store.search_events(ask(limit=1_000)).lines))
            except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
                failures.append(error)
                return

    thread = threading.Thread(target=read)
    thread.start()
    for start in range(1, 5_001, 250):
        store.put_events(event_lines(range(start, start + 250)))
    stop.set()
    thread.join()
    assert failures == []
    assert reads == sorted(reads)
    assert store.count("live") == 5_000


def test_an_address_opens_the_store_it_names(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for url, folder in (("sqlite:", tmp_path / "events"), (f"sqlite:{tmp_path / 'other'}", tmp_path / "other")):
        store = open_store(url, home=home, clock=ManualClock(START))
        store.put_events(event_lines([1]))
        store.close()
        assert names(folder) == ["2026-11-10.db"]
    with pytest.raises(KhienError) as caught:
        open_store("mysql://there", home=home, clock=ManualClock(START))
    assert caught.value.code == "store.unknown_url"


def test_a_query_without_bound_cannot_be_made() -> None:
    for bad in ({"datasets": ()}, {"datasets": ("nowhere",)}, {"end_us": START}, {"limit": 0}, {"limit": 1_001}):
        with pytest.raises(KhienError) as caught:
            EventQuery(**({"datasets": ("live",), "start_us": START, "end_us": START + 1} | bad))  # type: ignore[arg-type]
        assert caught.value.code == "store.bad_query"


def test_lines_on_the_disk_are_the_lines_that_were_put(store: SqliteEventStore, tmp_path: Path) -> None:
    store.put_events(event_lines([7]))
    connection = apsw.Connection(str(tmp_path / "events" / "2026-11-10.db"), flags=apsw.SQLITE_OPEN_READONLY)
    ((line,),) = connection.execute("SELECT line FROM event").fetchall()
    connection.close()
    assert isinstance(line, bytes)
    assert line + b"\n" == event_line(7)
    assert json.loads(line)["khien"]["seq"] == 7
