"""From words to sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from khien.clock import SystemClock
from khien.errors import KhienError
from sensor.inputs import make_sources
from sensor.ledger import Ledger
from sensor.settings import FileInput, SensorSettings, SyslogInput
from sensor.sources.follow import FollowedLog
from sensor.sources.recorded import Recorded
from tests.sensor.sources.collecting import Collected, collect, running

SSH = "Nov 10 09:00:00 gate sshd[311]: Failed password for root from 192.0.2.1 port 4022 ssh2\n"


def names(tmp_path: Path, *, recorded: tuple[str, ...]) -> list[str]:
    chosen = SensorSettings.parse(
        name="gateway", folder=tmp_path, server="https://x", certificate=tmp_path, year=2026, recorded=recorded
    )
    return [source.name for source in make_sources(chosen, clock=SystemClock(), notice=lambda _event, _fields: None)]


def test_files_of_one_name_are_told_apart_by_as_little_of_their_path_as_possible(tmp_path: Path) -> None:
    for folder in ("portal", "mail"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "auth.log").write_text(SSH)
    (tmp_path / "mail" / "mail.log").write_text(SSH)
    paths = ("portal/auth.log", "mail/auth.log", "mail/mail.log")
    found = names(tmp_path, recorded=tuple(str(tmp_path / path) for path in paths))
    assert found == ["portal/auth.log", "mail/auth.log", "mail.log"]


def test_a_file_of_no_known_format_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(KhienError) as caught:
        names(tmp_path, recorded=(str(path),))
    assert caught.value.code == "input.unknown_format"
    with pytest.raises(KhienError) as wrong:
        names(tmp_path, recorded=(f"{path}:no_such_format",))
    assert wrong.value.code == "input.unknown_format"


def test_the_format_is_told_from_the_content(tmp_path: Path) -> None:
    path = tmp_path / "what.txt"
    path.write_text(SSH * 3)
    assert names(tmp_path, recorded=(str(path),)) == ["what.txt"]


def test_syslog_listens_on_this_machine_unless_an_address_is_given() -> None:
    assert SyslogInput.parse("udp:514") == SyslogInput("udp", "127.0.0.1", 514)
    assert SyslogInput.parse("tcp:0.0.0.0:601") == SyslogInput("tcp", "0.0.0.0", 601)
    assert SyslogInput.parse("udp:[::1]:514") == SyslogInput("udp", "::1", 514)


def test_a_colon_in_a_path_is_not_a_format_when_the_path_exists(tmp_path: Path) -> None:
    path = tmp_path / "10:30.log"
    assert FileInput.parse(str(path), option="--log") == FileInput(tmp_path / "10", "30.log")
    path.touch()
    assert FileInput.parse(str(path), option="--log") == FileInput(path)
    assert FileInput.parse("/var/log/auth.log:syslog", option="--log") == FileInput(Path("/var/log/auth.log"), "syslog")
    assert FileInput.parse("/a:b/auth.log", option="--log") == FileInput(Path("/a:b/auth.log"))


def test_recorded_sources_can_be_put_in_order_after_they_were_opened(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_text(SSH)
    chosen = SensorSettings.parse(name="gateway", folder=tmp_path, server="https://x", certificate=tmp_path, recorded=(str(path),))
    (source,) = make_sources(chosen, clock=SystemClock(), notice=lambda _event, _fields: None)
    assert isinstance(source, Recorded)
    source.open()
    # sha256sum of the file
    assert len(source.content_hash) == 64


def test_a_ledger_of_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unexpected|malformed|expected"):
        Ledger.decode(b"nonsense")


def followed(path: Path, notices: list[tuple[str, dict[str, str | int]]]) -> FollowedLog:
    chosen = SensorSettings.parse(
        name="gateway", folder=path.parent, server="https://x", certificate=path.parent, year=2026, logs=(str(path),)
    )
    (source,) = make_sources(chosen, clock=SystemClock(), notice=lambda event, fields: notices.append((event, fields)))
    assert isinstance(source, FollowedLog)
    return source


@pytest.mark.parametrize("is_there", [True, False])
def test_a_followed_log_that_is_empty_or_not_there_yet_shows_its_format_with_its_first_lines(
    tmp_path: Path, *, is_there: bool
) -> None:
    path, notices = tmp_path / "auth.log", list[tuple[str, dict[str, str | int]]]()
    if is_there:
        path.touch()
    with running(followed(path, notices)) as found:
        with path.open("a") as file:
            file.write(SSH * 2)
        found.wait(lambda: sum(batch.count for batch in found.batches) == 2)
    assert notices == [("log_format", {"source": "auth.log", "format": "syslog"})]


def test_lines_of_no_known_format_are_rejected_and_said_once_until_a_known_one_shows(tmp_path: Path) -> None:
    path, notices = tmp_path / "auth.log", list[tuple[str, dict[str, str | int]]]()
    path.write_bytes(b"\x01\x02\n\x03\n")
    with running(followed(path, notices)) as found:
        found.wait(lambda: sum(len(batch.rejects) for batch in found.batches) == 2)
        with path.open("ab") as file:
            file.write(b"\x04\n")
        found.wait(lambda: sum(len(batch.rejects) for batch in found.batches) == 3)
        with path.open("a") as file:
            file.write(SSH)
        found.wait(lambda: sum(batch.count for batch in found.batches) == 1)
    assert [reject.reason for batch in found.batches for reject in batch.rejects] == ["unknown_format"] * 3
    assert all(batch.read == batch.count + len(batch.rejects) for batch in found.batches)
    assert [event for event, _ in notices] == ["log_unknown", "log_format"]
    assert f"--log {path}:syslog" in str(notices[0][1]["hint"])


EVENT = """{
  "Event": {
    "System": {"EventID": 1102, "Channel": "Security", "Computer": "DC",
      "TimeCreated": {"#attributes": {"SystemTime": "2026-11-10T02:00:00Z"}}}
  }
}
"""
SYSCALL = 'type=SYSCALL msg=audit(1700000000.001:%d): arch=c000003e syscall=59 success=yes pid=9 uid=0 exe="/bin/ls"\n'


def collected(tmp_path: Path, path: Path) -> Collected:
    chosen = SensorSettings.parse(name="gateway", folder=tmp_path, server="https://x", certificate=tmp_path, recorded=(str(path),))
    (source,) = make_sources(chosen, clock=SystemClock(), notice=lambda _event, _fields: None)
    return collect(source)


def test_a_file_of_events_that_are_no_lines_gives_them_all_and_names_what_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text(EVENT * 2_500 + '{"open": ')
    found = collected(tmp_path, path)
    assert sum(batch.count for batch in found.batches) == 2_500
    assert max(batch.count for batch in found.batches) <= 1_000
    assert found.rejects == [("format", b"")]
    assert found.read == 2_501
    assert [reject.place for batch in found.batches for reject in batch.rejects] == ["events.json object 2501"]


def test_events_of_several_lines_that_still_waited_come_at_the_end_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_text("".join(SYSCALL % number for number in range(2_000)))
    found = collected(tmp_path, path)
    lines = b"".join(batch.lines for batch in found.batches)
    # Each record and, although none says that its id is whole, each process.
    assert lines.count(b'"dataset":"linux.auditd"') == lines.count(b'"dataset":"host.process"') == 2_000
    assert found.read == sum(batch.count for batch in found.batches) == 4_000
    assert max(batch.count for batch in found.batches) <= 1_000
