"""What duty does by the clock; each is one line of the job table."""

from __future__ import annotations

from incident_api.duty import changes, checks, current, importing, sickness
from incident_api.duty.edits import HOLES, tell_holes
from incident_api.duty.wall import DAY_US
from incident_api.runtime import Runtime


def store(runtime: Runtime, now_us: int) -> str:
    """Take over another rota of the organisation, freeze the past, store the final rota 180 days ahead."""
    importing.take_over_file(runtime)
    with runtime.database.write() as session:
        count = current.store_final(runtime, session, now_us=now_us)
    return f"{count} ca / shifts"


def call(runtime: Runtime, now_us: int) -> str:
    """Who was called to stand in and did not answer is passed over; swaps that are too late end."""
    with runtime.database.write() as session:
        called = sickness.call_the_next(runtime, session, now_us=now_us)
        ended = changes.withdraw_what_is_too_late(session, now_us=now_us)
    return f"{called} gọi lại / called anew, {ended} quá hạn / too late"


def check(runtime: Runtime, now_us: int) -> str:
    """The faults of the next 30 days; holes are told to whoever leads the shift, once a day."""
    with runtime.database.write() as session:
        found = checks.check(current.rota(session), current.roster(runtime, session), start_us=now_us)
        holes = [each for each in found.findings if each.kind in HOLES]
        tell_holes(runtime, session, holes, key=f"duty/check/{now_us // DAY_US}", now_us=now_us)
    return f"{len(found.findings)} lỗi / faults, {len(holes)} khoảng trống / holes, {found.score:.2f}"
