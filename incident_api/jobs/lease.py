"""One ticking process: a row with a fencing number (reliability design, section 10).

The lease only saves work: two tickers by mistake are harmless, because every claim is a compare-and-set of its own.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from incident_api.jobs.models import JobLease
from khien.clock import MICROSECONDS

NAME = "ticker"
#: A process that was killed is followed within half a minute: a step that was missed must be made up for within one.
LEASE_US = 30 * MICROSECONDS


def take(session: Session, *, holder: str, now_us: int) -> int | None:
    """The fencing number of the lease, taken or kept; None while another process holds it. Inside a writing transaction."""
    row = session.get(JobLease, NAME)
    if row is None:
        session.add(JobLease(name=NAME, holder=holder, fence=1, expires_us=now_us + LEASE_US))
        session.flush()
        return 1
    # A lease that reaches further than one can be given comes from a clock that was ahead: it binds nobody.
    if row.holder != holder and now_us < row.expires_us <= now_us + LEASE_US:
        return None
    if row.holder != holder:
        row.holder, row.fence = holder, row.fence + 1
    row.expires_us = now_us + LEASE_US
    return row.fence


def give_back(session: Session, *, holder: str, now_us: int) -> None:
    """An orderly end: the next process need not wait."""
    row = session.get(JobLease, NAME)
    if row is not None and row.holder == holder:
        row.expires_us = now_us
