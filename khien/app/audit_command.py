"""`khien audit verify | export | checkpoint`: the audit log checked and taken along, without the server.

`verify` reads a database or an export, changes nothing, and ends with 0 (whole), 1 (not whole) or 2 (cannot be read).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from incident_api.audit import reading
from incident_api.audit import service as audit
from incident_api.audit.anchoring import run as make_checkpoint
from incident_api.audit.archive import ArchiveHead, Damaged, is_archive, open_archive, write_archive
from incident_api.audit.checkpoints import Checkpoint
from incident_api.audit.copies import read_anchors
from incident_api.audit.signing_key import fingerprint_in, public_file
from incident_api.audit.verification import FAULTS, Evidence, Finding, Report, verify_log
from incident_api.database import Database, sqlite_url
from incident_api.opening import opened
from incident_api.people.person import Actor
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.app.rules_output import write_json
from khien.clock import SystemClock, format_utc
from khien.errors import KhienError

EXIT_BROKEN = 1


def verify(context: Context) -> int:
    """Tell whether the log is whole; the first bad record or the missing anchor is named."""
    given = context.arguments
    anchors = read_anchors(Path(given.anchors)) if given.anchors else None
    report = _report(context, anchors=anchors)
    if given.json:
        write_json(_document(report))
    _tell(context, report)
    return 0 if report.is_whole else EXIT_BROKEN


def export(context: Context) -> int:
    """Write the log, with its checkpoints, into one file; that it was taken along is itself a record."""
    given, clock = context.arguments, SystemClock()
    path = Path(given.file)
    if path.exists():
        raise KhienError("output.not_writable", path=str(path), reason=context.say("audit.export.exists"))
    database = Database(_url(context))
    try:
        with database.write() as session:
            now = clock.now_us()
            audit.append(
                session,
                at_us=now,
                actor=Actor(f"os:{os.getuid()}", None, None),
                act="audit.export",
                object_name="audit",
                before=None,
                after={"file": path.name},
            )
        with database.engine.connect() as connection, path.open("xb") as file:
            count = _write(connection, file, exported=format_utc(now))
    except OSError as error:
        raise KhienError("output.not_writable", path=str(path), reason=error.strerror or str(error)) from error
    finally:
        database.close()
    context.tell(context.say("audit.export.done", count=count, path=str(path)))
    return 0


def checkpoint(context: Context) -> int:
    """What the hourly job does, now."""
    clock = SystemClock()
    with opened(settings_of(context), clock=clock) as runtime:
        said = make_checkpoint(runtime, clock.now_us())
    sys.stdout.write(f"{said}\n")
    return 0


def _write(connection: Connection, file: IO[bytes], *, exported: str) -> int:
    ends = reading.head(connection) or (0, "")
    head = ArchiveHead(
        city=_city(reading.checkpoints(connection).good),
        exported=exported,
        records=ends[0],
        head=ends[1],
        checkpoints=reading.checkpoints(connection).good,
    )
    found = (each for each in reading.records(connection, until=ends[0]) if each is not None)
    return write_archive(file, head, found)


def _city(checkpoints: Sequence[Checkpoint]) -> str:
    return checkpoints[-1].city if checkpoints else ""


def _report(context: Context, *, anchors: Sequence[Checkpoint] | None) -> Report:
    given = context.arguments
    path = Path(given.file) if given.file else None
    trusted = fingerprint_in(Path(given.key)) if given.key else None
    if path is not None and is_archive(path):
        return _of_archive(path, anchors=anchors, trusted=trusted)
    if path is None and trusted is None and public_file(context.home).exists():
        trusted = fingerprint_in(public_file(context.home))
    with reading.read_only(path if path is not None else _url(context)) as connection:
        return audit.of_store(connection, anchors=anchors, trusted=trusted)


def _of_archive(path: Path, *, anchors: Sequence[Checkpoint] | None, trusted: str | None) -> Report:
    with open_archive(path) as (head, records):
        evidence = Evidence(head.checkpoints, anchors=anchors, trusted=trusted, expected_head=(head.records, head.head))
        try:
            return verify_log(records, evidence)
        except Damaged:
            return Report(head.records, head.head, len(head.checkpoints), 0, Finding("file_changed"))


def _url(context: Context) -> str:
    given = context.arguments.database or os.environ.get("KHIEN_DATABASE")
    return given or sqlite_url(context.home.incident_api / "state.db")


def _document(report: Report) -> dict[str, object]:
    finding = report.finding
    return {
        "whole": report.is_whole,
        "records": report.records,
        "head": report.head,
        "checkpoints": report.checkpoints,
        "anchored": report.anchored,
        "signers": list(report.signers),
        "fault": None
        if finding is None
        else {
            "code": finding.fault,
            "text": dict(zip(("vi", "en"), FAULTS[finding.fault], strict=True)),
            "record": finding.record,
            "until": finding.until,
            "checkpoint": finding.checkpoint,
        },
    }


def _tell(context: Context, report: Report) -> None:
    for signer in report.signers:
        context.tell(context.say("audit.verify.signer", signer=signer))
    finding = report.finding
    if finding is None:
        said = context.say("audit.verify.good", count=report.records, checkpoints=report.checkpoints, anchored=report.anchored)
    else:
        fault = FAULTS[finding.fault][context.language == "en"]
        said = context.say(_sentence(finding), fault=fault, **_numbers(finding))
    (context.tell if context.arguments.json else _print)(said)


def _sentence(finding: Finding) -> str:
    if finding.record is None:
        return "audit.verify.bad_checkpoint" if finding.checkpoint is not None else "audit.verify.bad_file"
    return "audit.verify.bad_range" if finding.until not in {None, finding.record} else "audit.verify.bad_record"


def _numbers(finding: Finding) -> dict[str, int]:
    found = {"record": finding.record, "until": finding.until, "checkpoint": finding.checkpoint}
    return {name: number for name, number in found.items() if number is not None}


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
