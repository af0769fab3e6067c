"""The lights of this process: never green over a dead part."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from incident_api.escalation import auditor
from incident_api.escalation.models import TickerBeat
from incident_api.escalation.ticker import BEAT
from incident_api.faults.models import ComponentCondition
from incident_api.health.schemas import Check, HealthAnswer, Light
from incident_api.held_back.models import HeldBackRow
from incident_api.http.schemas import LocalText
from incident_api.jobs import service as jobs
from incident_api.notifications import health as notices
from incident_api.runtime import Runtime
from khien.clock import CITY_ZONE, MICROSECONDS
from khien.errors import KhienError

#: Response design, section 8: a ticker that is silent this long is red.
SILENT_US = 300 * MICROSECONDS
#: A component speaks every ten seconds.
COMPONENT_SILENT_US = 60 * MICROSECONDS
#: So long before the rules end it is said.
ENDS_SOON_DAYS = 60
_ORDER: tuple[Light, ...] = ("ok", "degraded", "down")


def current(runtime: Runtime) -> HealthAnswer:
    """Every light; the worst is the status."""
    now = runtime.clock.now_us()
    try:
        with runtime.database.read() as session:
            checks = [
                _check("database", "ok", "Cơ sở dữ liệu trả lời", "The database answers"),
                _ticker(session, now=now),
                _auditor(session, now=now),
                *_clocks(session, now=now),
                _jobs(session),
                notices.check(runtime, session, now_us=now),
                _held_back(session),
                *_components(session, now=now),
            ]
    except SQLAlchemyError:
        checks = [_check("database", "down", "Cơ sở dữ liệu không trả lời", "The database does not answer")]
    checks.append(_policy(runtime, now=now))
    if runtime.events is None:
        checks.append(_check("events", "degraded", "Không có kho sự kiện", "There is no event store"))
    worst = max((check.light for check in checks), key=_ORDER.index)
    return HealthAnswer(status=worst, version=version("khien"), now_us=now, checks=checks)


def _ticker(session: Session, *, now: int) -> Check:
    beat = session.get(TickerBeat, BEAT)
    if beat is None or now - beat.at_us > SILENT_US:
        return _check("deadlines", "down", "Bộ đếm thời hạn không hoạt động", "The ticker of deadlines stands still")
    return _check("deadlines", "ok", "Bộ đếm thời hạn đang chạy", "The ticker of deadlines runs")


def _auditor(session: Session, *, now: int) -> Check:
    """What watches the deadlines must itself not fall silent."""
    found = session.get(TickerBeat, auditor.BEAT)
    if found is None or now - found.at_us > SILENT_US:
        return _check("auditor", "down", "Bộ kiểm tra thời hạn không hoạt động", "The auditor of deadlines is silent")
    return _check("auditor", "ok", "Bộ kiểm tra thời hạn đang chạy", "The auditor of deadlines runs")


def _clocks(session: Session, *, now: int) -> list[Check]:
    """What must not be: work that waits without a clock, steps that should have fired, what is stuck."""
    found = auditor.look(session, now_us=now)
    checks = [_check("escalation", "ok", "Mọi việc đang chờ đều có đồng hồ", "Every waiting work has its clock")]
    if found.without_clock or found.late_steps:
        vi = f"{found.without_clock} việc không có đồng hồ, {found.late_steps} bước bị trễ"
        en = f"{found.without_clock} without a clock, {found.late_steps} steps late"
        checks = [_check("escalation", "down", vi, en)]
    stuck = found.stuck_notices + found.dead_notices
    if stuck or found.expired_claims:
        vi = f"{stuck} thông báo bị kẹt, {found.expired_claims} công việc giữ chỗ quá hạn"
        en = f"{stuck} notices are stuck, {found.expired_claims} claims have expired"
        checks.append(_check("outbox", "degraded", vi, en))
    return checks


def _jobs(session: Session) -> Check:
    """A job that raised is tried again, and is seen here until it went well."""
    found = [row.kind for row in jobs.failing(session)]
    if found:
        names = ", ".join(found)
        return _check("jobs", "degraded", f"Công việc định kỳ bị lỗi: {names}", f"Jobs that fail: {names}")
    return _check("jobs", "ok", "Mọi công việc định kỳ đều chạy tốt", "Every job runs well")


def _held_back(session: Session) -> Check:
    """Alerts that are not in the queue, and a tuning journal that cannot be trusted: nobody would look for what is not shown."""
    refused = broken = 0
    for row in session.scalars(select(HeldBackRow)):
        refused += int(row.document["refused_total"])
        broken += row.rolled_back_us is not None or row.document["journal"]["fault"] is not None
    if refused or broken:
        return _check(
            "held_back",
            "degraded",
            f"{refused} cảnh báo bị từ chối, {broken} sổ ghi tinh chỉnh không còn tin được",
            f"{refused} alerts refused, {broken} tuning journals that cannot be trusted",
        )
    return _check("held_back", "ok", "Không có cảnh báo nào bị từ chối", "No alert was refused")


def _components(session: Session, *, now: int) -> list[Check]:
    """Those that ever spoke. What is wrong with one is counted and not told: health needs no session."""
    found = []
    for row in session.scalars(select(ComponentCondition).order_by(ComponentCondition.component)):
        seconds, name = (now - row.received_us) // MICROSECONDS, row.component
        faults = len(row.document["faults"]) + int(row.document["omitted"])
        if now - row.received_us > COMPONENT_SILENT_US:
            found.append(_check(name, "down", f"{name} im lặng đã {seconds} giây", f"{name} has been silent for {seconds} s"))
        elif faults:
            found.append(_check(name, "degraded", f"{name} báo {faults} lỗi", f"{name} tells of {faults} faults"))
        else:
            found.append(_check(name, "ok", f"{name} đang hoạt động", f"{name} is alive"))
    return found


def _policy(runtime: Runtime, *, now: int) -> Check:
    """Rules that end are replaced by two signatures, which takes people weeks: it is said in time."""
    try:
        policy = runtime.policy.policy
    except KhienError:
        return _check("policy", "down", "Chưa có quy chế phối hợp có hiệu lực", "No coordination rules are in force")
    if policy.effective_to is not None:
        last = dt.date.fromisoformat(policy.effective_to)
        left = (last - dt.datetime.fromtimestamp(now / MICROSECONDS, CITY_ZONE).date()).days
        if left < 0:
            vi = f"Quy chế {policy.id} đã hết hiệu lực từ {last:%d/%m/%Y}"
            return _check("policy", "degraded", vi, f"Coordination rules {policy.id} ended on {last:%d/%m/%Y}")
        if left <= ENDS_SOON_DAYS:
            vi = f"Quy chế {policy.id} hết hiệu lực ngày {last:%d/%m/%Y}, còn {left} ngày"
            return _check("policy", "degraded", vi, f"Coordination rules {policy.id} end on {last:%d/%m/%Y}, in {left} days")
    return _check("policy", "ok", f"Quy chế {policy.id} có hiệu lực", f"Coordination rules {policy.id} in force")


def _check(name: str, light: Light, vi: str, en: str) -> Check:
    return Check(name=name, light=light, text=LocalText(vi=vi, en=en))
