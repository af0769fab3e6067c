"""The light of the notices: what could not leave is seen until it is a day old."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.health.schemas import Check, Light
from incident_api.http.schemas import LocalText
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.states import State
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS

_SEEN_US = 24 * 3600 * MICROSECONDS
#: A message that waits longer than this although no attempt failed: nobody sends.
_STUCK_US = 600 * MICROSECONDS


def check(runtime: Runtime, session: Session, *, now_us: int) -> Check:
    """Notices without a way, notices that were given up, notices that nobody sends."""
    counted = select(NoticeRow.state, func.count()).where(
        NoticeRow.made_us > now_us - _SEEN_US, NoticeRow.state.in_((State.NO_ENDPOINT, State.DEAD, State.FAILED, State.WITHHELD))
    )
    found = {str(state): int(count) for state, count in session.execute(counted.group_by(NoticeRow.state))}
    stuck = session.scalar(select(func.count()).where(NoticeRow.state == State.QUEUED, NoticeRow.next_at_us < now_us - _STUCK_US))
    if stuck:
        return _light("down", f"{stuck} thông báo không được gửi đi", f"{stuck} notices that nobody sends")
    if found.get(State.DEAD) or found.get(State.NO_ENDPOINT) or found.get(State.FAILED):
        none, dead, failed = (found.get(state, 0) for state in (State.NO_ENDPOINT, State.DEAD, State.FAILED))
        no_way = "" if runtime.notifications.channels else " (chưa cấu hình kênh gửi)"
        no_way_en = "" if runtime.notifications.channels else " (no channel is configured)"
        return _light(
            "degraded",
            f"Thông báo: {none} không có địa chỉ{no_way}, {failed} đang gửi lại, {dead} không gửi được",
            f"Notices: {none} without an address{no_way_en}, {failed} tried again, {dead} given up",
        )
    return _light("ok", "Không có thông báo bị kẹt", "No notice is stuck")


def _light(light: Light, vi: str, en: str) -> Check:
    return Check(name="channels", light=light, text=LocalText(vi=vi, en=en))
