"""What a version of the policy changes against another: rule by rule in words, and which worked cases they answer differently."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from incident_api.coordination.golden_run import Failure, failures
from incident_api.coordination.organisation import Text
from incident_api.coordination.policy import Policy

#: What tells one member of a list from another.
_NAMES = ("id", "code", "percent", "date", "to", "lead")
_LONGEST = 160

PARTS: dict[str, Text] = {
    "policy": Text(vi="Quy chế và các bên", en="Rules and parties"),
    "assignment": Text(vi="Phân công", en="Assignment"),
    "acknowledge": Text(vi="Thời hạn tiếp nhận", en="Time to take an alert"),
    "alerts": Text(vi="Cảnh báo ghi nhận, nhắc lại", en="Alerts registered and reminded of"),
    "severity": Text(vi="Mức độ và chủ trì", en="Severity and lead"),
    "obligations": Text(vi="Nghĩa vụ thông báo", en="Obligations"),
    "approvals": Text(vi="Phê duyệt hai bên", en="Two-party approval"),
    "requests": Text(vi="Yêu cầu của công an", en="Police requests"),
    "periodic": Text(vi="Báo cáo định kỳ, lưu trữ", en="Periodic duties, retention"),
    "sharing": Text(vi="Chia sẻ (TLP)", en="Sharing (TLP)"),
    "reports": Text(vi="Mẫu báo cáo", en="Reports"),
    "taxonomy": Text(vi="Phân loại", en="Taxonomy"),
    "week": Text(vi="Giờ làm việc", en="Working hours"),
    "golden": Text(vi="Tình huống mẫu", en="Worked cases"),
    "basis": Text(vi="Căn cứ", en="Bases"),
    "calendar": Text(vi="Lịch", en="Calendar"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One member that differs. `name`: its id, as far as it has one; `place`: the path inside its part."""

    part: str
    name: str
    place: str
    kind: Literal["added", "removed", "changed"]
    before: str | None
    after: str | None
    text: Text


@dataclass(frozen=True, slots=True)
class Differences:
    """`rules`: what changed outside of the worked cases; `old_cases`: former cases that the new rules answer otherwise."""

    rules: tuple[Change, ...]
    cases: tuple[Change, ...]
    old_cases: tuple[Failure, ...]


def differences(before: dict[str, Any], after: dict[str, Any], *, old: Policy, new: Policy) -> Differences:
    """Compare two versions; `before` and `after` are the objects that are hashed."""
    changes = [
        change
        for part in PARTS
        if before.get(part) != after.get(part)
        for change in _compare(part, before.get(part), after.get(part))
    ]
    former = new.model_copy(update={"golden": old.golden})
    return Differences(
        rules=tuple(each for each in changes if each.part != "golden"),
        cases=tuple(each for each in changes if each.part == "golden"),
        old_cases=failures(former),
    )


def _compare(part: str, before: Any, after: Any) -> Iterator[Change]:
    """Depth is bounded by the reader of the files (`documents.DOCUMENT_DEPTH`)."""
    yield from _walk(part, "", "", before, after, title=None)


def _walk(part: str, name: str, place: str, before: Any, after: Any, *, title: Text | None) -> Iterator[Change]:
    if before == after:
        return
    title = _title(after) or _title(before) or title
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _walk(part, name, _joined(place, key), before.get(key), after.get(key), title=title)
    elif _is_alike(before, after):
        for at, (was, now) in enumerate(zip(before, after, strict=True)):
            yield from _walk(part, name, _joined(place, at), was, now, title=title)
    elif _is_named(before) and _is_named(after):
        old, new = _by_name(before), _by_name(after)
        for key in dict.fromkeys((*old, *new)):
            yield from _walk(part, key, _joined(place, key), old.get(key), new.get(key), title=None)
        if set(old) == set(new) and list(old) != list(new):
            yield _change(part, name, _joined(place, "order"), list(old), list(new), title)
    else:
        yield _change(part, name, place, before, after, title)


def _change(part: str, name: str, place: str, before: Any, after: Any, title: Text | None) -> Change:
    kind: Literal["added", "removed", "changed"] = "added" if before is None else "removed" if after is None else "changed"
    was, now = _shown(before), _shown(after)
    heading = PARTS[part]
    about = Text(vi=f" “{title.vi}”", en=f" “{title.en}”") if title else Text(vi=" ", en=" ")
    verbs = {
        "added": (f"thêm {now}", f"added {now}"),
        "removed": (f"bỏ {was}", f"removed {was}"),
        "changed": (f"{was} → {now}", f"{was} → {now}"),
    }
    vi, en = verbs[kind]
    text = Text(vi=f"{heading.vi} · {place}{about.vi.rstrip()}: {vi}", en=f"{heading.en} · {place}{about.en.rstrip()}: {en}")
    return Change(part, name, place, kind, was, now, text)


def _title(value: Any) -> Text | None:
    text = value.get("text") if isinstance(value, dict) else None
    if isinstance(text, dict) and set(text) == {"vi", "en"} and all(text.values()):
        return Text(vi=str(text["vi"]), en=str(text["en"]))
    return None


def _is_named(value: Any) -> bool:
    rows = value if isinstance(value, list) else None
    return rows is not None and bool(rows) and all(_name(each) is not None for each in rows) and len(_by_name(rows)) == len(rows)


def _is_alike(before: Any, after: Any) -> bool:
    """Lists of as many mappings without names: compared member by member."""
    if not (isinstance(before, list) and isinstance(after, list)) or len(before) != len(after):
        return False
    return all(isinstance(each, dict) and _name(each) is None for each in (*before, *after))


def _by_name(rows: list[Any]) -> dict[str, Any]:
    return {str(_name(each)): each for each in rows}


def _name(row: Any) -> Any:
    return next((row[key] for key in _NAMES if key in row), None) if isinstance(row, dict) else None


def _joined(place: str, key: Any) -> str:
    return f"{place}/{key}" if place else str(key)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
