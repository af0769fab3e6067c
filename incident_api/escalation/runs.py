"""Runs of any subject: started, moved, stopped and claimed; each in the transaction of the act that causes it.

Nothing here knows what a subject is. A run is claimed by compare-and-set on its version, so that two tickers are harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from incident_api.escalation import chain
from incident_api.escalation.models import EscalationRun
from incident_api.notifications import outbox

RUNNING, STOPPED, EXHAUSTED = "running", "stopped", "exhausted"


def start(
    session: Session, *, subject: str, steps: Sequence[chain.ChainStep], due_us: int, basis: str, now_us: int
) -> EscalationRun:
    """A clock with its chain; what ran for the subject before has ended."""
    run = made(subject=subject, steps=steps, due_us=due_us, basis=basis, now_us=now_us)
    start_all(session, [run])
    return run


def start_all(session: Session, begun: Sequence[EscalationRun]) -> None:
    """`made` clocks begin, one a subject; each has its number then."""
    end_all(session, [run.subject for run in begun])
    session.add_all(begun)
    session.flush()


def made(*, subject: str, steps: Sequence[chain.ChainStep], due_us: int, basis: str, now_us: int) -> EscalationRun:
    """A clock with its chain, not yet begun."""
    begin = chain.first(steps, start_us=now_us)
    return EscalationRun(
        subject=subject,
        steps=[step.model_dump(mode="json", exclude_defaults=True) | {"kind": step.kind} for step in steps],
        due_us=due_us,
        basis=basis,
        step=begin.step,
        attempt=begin.attempt,
        next_due_us=begin.due_us,
        state=RUNNING,
        version=1,
        started_us=now_us,
    )


def stop(session: Session, subject: str, *, now_us: int | None = None) -> None:
    """Acknowledged, linked, suppressed, fulfilled or closed: no further notice, and none that still waits to be sent."""
    stop_all(session, [subject], now_us=now_us)


def end(session: Session, subject: str) -> None:
    """No further step; what was told stays told."""
    end_all(session, [subject])


def stop_all(session: Session, subjects: Sequence[str], *, now_us: int | None) -> None:
    """`stop` for many subjects."""
    end_all(session, subjects)
    if subjects:
        outbox.withdraw_all(session, subjects, now_us=now_us)


def end_all(session: Session, subjects: Sequence[str]) -> None:
    """`end` for many subjects."""
    if not subjects:
        return
    session.execute(
        update(EscalationRun)
        .where(EscalationRun.subject.in_(subjects), EscalationRun.state == RUNNING)
        .values(state=STOPPED, version=EscalationRun.version + 1)
    )


def move(session: Session, subject: str, *, steps: Sequence[chain.ChainStep], due_us: int, now_us: int) -> None:
    """The clock behind the subject was corrected: what was taken stays taken, the rest has the new times."""
    run = current(session, subject)
    if run is None or run.state != RUNNING:
        return
    taken = run.step
    run.steps = [step.model_dump(mode="json", exclude_defaults=True) | {"kind": step.kind} for step in steps]
    run.due_us, run.version = due_us, run.version + 1
    ahead = steps[taken] if taken < len(steps) else None
    run.next_due_us = ahead.due_us if isinstance(ahead, chain.Notify) and ahead.due_us is not None else now_us
    session.flush()


def current(session: Session, subject: str) -> EscalationRun | None:
    """The newest run of a subject."""
    query = select(EscalationRun).where(EscalationRun.subject == subject).order_by(EscalationRun.id.desc()).limit(1)
    return session.scalar(query.execution_options(populate_existing=True))


def claim(session: Session, run_id: int, *, version: int, now_us: int) -> EscalationRun | None:
    """Compare-and-set: of two tickers one gets the run, and a run that was stopped meanwhile nobody."""
    claimed = session.execute(
        update(EscalationRun)
        .where(
            EscalationRun.id == run_id,
            EscalationRun.version == version,
            EscalationRun.state == RUNNING,
            EscalationRun.next_due_us <= now_us,
        )
        .values(version=EscalationRun.version + 1)
        .returning(EscalationRun.id)
    ).scalar()
    return None if claimed is None else session.get_one(EscalationRun, run_id, populate_existing=True)


def steps_of(run: EscalationRun) -> tuple[chain.ChainStep, ...]:
    """The chain as it was kept; the first runs kept whom and when without a kind."""
    return chain.validated([_kept(step) for step in run.steps])


def take(
    run: EscalationRun, facts: chain.Facts, *, now_us: int, steps: Sequence[chain.ChainStep] | None = None
) -> chain.Fired | None:
    """Walk the chain (`steps_of`) up to now and keep where it goes on; gives the step to take, if there is one."""
    if run.state != RUNNING or run.next_due_us is None:
        return None
    position = chain.Position(run.step, run.next_due_us, run.attempt)
    outcome = chain.advance(steps_of(run) if steps is None else steps, position, facts, now_us=now_us)
    after = outcome.after
    run.step = len(run.steps) if after is None else after.step
    run.attempt = run.attempt if after is None else after.attempt
    run.next_due_us = None if after is None else after.due_us
    run.state = EXHAUSTED if after is None else RUNNING
    return outcome.fired


def key(run: EscalationRun, fired: chain.Fired) -> str:
    """What makes a notice one, together with its recipient and channel; the number of the step stands last."""
    return f"escalation/{run.id}/{fired.attempt}/{fired.step}"


def _kept(step: dict[str, Any]) -> dict[str, Any]:
    if "kind" in step:
        return step
    return {"kind": "notify", "tell": [step["notify"]], "channel": step["channel"], "due_us": step["due_us"]}
