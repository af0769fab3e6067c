"""What duty says to people, in both languages."""

from __future__ import annotations

from incident_api.coordination.explanation import ROLES
from incident_api.duty.checks import Finding
from incident_api.duty.shift import Shift
from incident_api.duty.wall import wall
from incident_api.http.schemas import LocalText

_KINDS = {
    "gap": ("Thiếu người trực: {role} có {found}/{wanted} người, {when}; lớp {layers}",
            "Nobody enough on duty: {found} of {wanted} {role}, {when}; layer {layers}"),
    "one_deep": ("Ca đêm mỏng: {role} có {found}/{wanted} người kể cả dự bị, {when}",
                 "A thin night: {found} of {wanted} {role} with those who stand by, {when}"),
    "thin_holiday": ("Ngày nghỉ lễ, Tết mỏng: {role} có {found}/{wanted} người trực, {when}",
                     "A thin public holiday: {found} of {wanted} {role} on duty, {when}"),
    "leave": ("{person} nghỉ đúng ca trực, chưa có người thay: {when}; lớp {layers}",
              "{person} is away in their own shift and nobody stands in: {when}; layer {layers}"),
    "rest": ("{person} nghỉ giữa hai ca dưới 11 giờ: {when}", "{person} rests less than 11 hours between shifts: {when}"),
    "long": ("{person} trực liên tục quá 12 giờ: {when}", "{person} works longer than 12 hours: {when}"),
    "double": ("{person} trực hai vị trí cùng lúc: {when}; lớp {layers}",
               "{person} is at two seats at once: {when}; layers {layers}"),
}  # fmt: skip
_CURES = {
    "gap": ("Thêm người vào lớp, hoặc xếp người trực thay", "Add a member to the layer, or put somebody in"),
    "one_deep": ("Thêm người dự bị cho các đêm này", "Let somebody stand by in these nights"),
    "thin_holiday": (
        "Thêm lớp trực ngày lễ (`days: holidays`), hoặc xếp thêm người",
        "Add a holiday layer, or put somebody besides",
    ),
    "leave": ("Xếp người trực thay hoặc đổi ca", "Put somebody in, or let them swap"),
    "rest": ("Đổi một trong hai ca", "Swap one of the two shifts"),
    "long": ("Chia ca cho người khác", "Give a part of it to somebody else"),
    "double": ("Xếp người khác vào một trong hai vị trí", "Put somebody else at one of the two seats"),
}


def finding(found: Finding, zone: str) -> LocalText:
    """The fault as a sentence."""
    vi, en = _KINDS[found.kind]
    names = ROLES.get(found.role, (found.role, found.role))
    shared = {
        "found": found.found,
        "wanted": found.wanted,
        "layers": ", ".join(found.layers) or "–",
        "person": found.person or "–",
    }
    start, end = moment(found.start_us, zone), moment(found.end_us, zone)
    return LocalText(
        vi=vi.format(role=names[0], when=f"từ {start} đến {end}", **shared),
        en=en.format(role=names[1], when=f"{start} to {end}", **shared),
    )


def cure(found: Finding) -> LocalText:
    """What mends it."""
    vi, en = _CURES[found.kind]
    return LocalText(vi=vi, en=en)


def shift(each: Shift, zone: str) -> LocalText:
    """A shift in a list."""
    vi, en = ROLES.get(each.role, (each.role, each.role))
    start, end = moment(each.start_us, zone), moment(each.end_us, zone)
    stands_by = (" (dự bị)", " (standing by)") if each.priority > 1 else ("", "")
    return LocalText(
        vi=f"{vi}{stands_by[0]}, {each.seat}: {start} đến {end}", en=f"{en}{stands_by[1]}, {each.seat}: {start} to {end}"
    )


def moment(at_us: int, zone: str) -> str:
    """`23/11/2026 19:00`, on the wall of the rota's zone."""
    return f"{wall(at_us, zone):%d/%m/%Y %H:%M}"
