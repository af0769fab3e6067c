"""Kills tickers for real: `python -m tests.incident_api.escalation.killing FOLDER RUNS SEED` writes what happened as JSON.

Each run works on a copy of one store with steps that are due. A ticker that holds the lease is killed with signal 9 before its
n-th statement (or at a random moment) while a second one ticks at the same time by mistake; afterwards a third one takes over.
Children are forks of a process that has no store open, so that each is a process of its own.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from incident_api.audit.service import verify
from incident_api.escalation import ticker
from incident_api.escalation.models import EscalationRun
from incident_api.jobs import tick
from incident_api.jobs.table import job_of
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import START_US, alert, city, post
from tests.incident_api.incidents.case import CaseFile

MINUTE = 60_000_000
#: Critical and high groups, the 50 % step of TL and an approval's second word are due; half a minute later nothing else is.
DUE_US = START_US + 16 * MINUTE
AFTER_US = DUE_US + 31_000_000


def prepare(folder: Path) -> None:
    """A store in which a round has much to do."""
    with city(folder, clock=ManualClock(START_US)) as runtime:
        post(
            runtime,
            *(alert(n, rule=f"rule-{n}", level=level) for n, level in enumerate((Level.CRITICAL, Level.CRITICAL, Level.HIGH))),
        )
        file = CaseFile(runtime, facts={"data_encrypted": True})
        file.confirm()
        file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải mã hóa")


def by_lease(runtime: Runtime, holder: str) -> None:
    """As the process does it: lease, claim, run, record."""
    for claim in tick.due(runtime, (job_of("escalation"),), holder=holder):
        tick.perform(runtime, claim)


def by_mistake(runtime: Runtime, _holder: str) -> None:
    """A second ticker that asks nobody."""
    ticker.tick(runtime)


def child(folder: Path, work: Callable[[Runtime, str], None], *, at_us: int, holder: str, kill_before: int | None) -> int:
    """Fork; gives the process. A killed child leaves what the store had committed."""
    process = os.fork()
    if process:
        return process
    try:
        with city(folder, clock=ManualClock(at_us), log_ins=False) as runtime:
            count_statements(runtime, kill_before=kill_before)
            work(runtime, holder)
    finally:
        os._exit(0)


def count_statements(runtime: Runtime, *, kill_before: int | None) -> list[int]:
    """Count what reaches the store; die before the n-th."""
    seen = [0]

    def count(*_given: Any) -> None:
        seen[0] += 1
        if seen[0] == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(runtime.database.engine, "before_cursor_execute", count)
    event.listen(runtime.database.engine, "commit", count)
    return seen


def outcome(folder: Path) -> dict[str, Any]:
    """What was told, by step; where the runs stand; whether the log is whole."""
    with city(folder, clock=ManualClock(AFTER_US), log_ins=False) as runtime:
        with runtime.database.read() as session:
            rows = session.execute(select(NoticeRow.key, NoticeRow.recipient, NoticeRow.channel)).all()
            runs = session.execute(
                select(EscalationRun.id, EscalationRun.step, EscalationRun.state, EscalationRun.next_due_us)
            ).all()
        return {
            "told": dict(sorted(Counter(key for key, *_ in rows).items())),
            "rows": len(rows),
            "distinct": len(set(rows)),
            "runs": sorted(list(each) for each in runs),
            "whole": verify(runtime).is_whole,
        }


def one_run(template: Path, folder: Path, *, kill_before: int | None, random_seconds: float | None) -> dict[str, Any]:
    """A killed ticker beside a second one, then the one that follows."""
    shutil.copytree(template, folder)
    killed = child(folder, by_lease, at_us=DUE_US, holder="killed", kill_before=kill_before)
    second = child(folder, by_mistake, at_us=DUE_US, holder="", kill_before=None)
    if random_seconds is not None:
        time.sleep(random_seconds)
        os.kill(killed, signal.SIGKILL)
    status = os.waitpid(killed, 0)[1]
    os.waitpid(second, 0)
    os.waitpid(child(folder, by_lease, at_us=AFTER_US, holder="next", kill_before=None), 0)
    found = outcome(folder)
    shutil.rmtree(folder)
    return {**found, "was_killed": os.WIFSIGNALED(status), "kill_before": kill_before}


def main(folder: Path, runs: int, seed: int) -> None:
    """Expected once without a kill, then the runs: half at a statement, half at a random moment."""
    chance = random.Random(seed)
    template = folder / "template"
    process = os.fork()
    if not process:
        prepare(template)
        os._exit(0)
    os.waitpid(process, 0)
    shutil.copytree(template, folder / "expected")
    began = time.monotonic()
    os.waitpid(child(folder / "expected", by_lease, at_us=DUE_US, holder="only", kill_before=None), 0)
    took = time.monotonic() - began
    expected = outcome(folder / "expected")
    shutil.copytree(template, folder / "counted")
    with city(folder / "counted", clock=ManualClock(DUE_US), log_ins=False) as runtime:
        statements = count_statements(runtime, kill_before=None)
        by_lease(runtime, "only")
    results = []
    for number in range(runs):
        at_statement = number % 2 == 0
        results.append(
            one_run(
                template,
                folder / f"run-{number}",
                kill_before=chance.randint(1, statements[0]) if at_statement else None,
                random_seconds=None if at_statement else chance.uniform(0.2, 1.0) * took,
            )
        )
    sys.stdout.write(json.dumps({"expected": expected, "statements": statements[0], "results": results}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
