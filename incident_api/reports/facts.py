"""The facts of an incident that reports state, each made from the store in one place, in both languages.

A fact is a few lines or a table. What nobody knows has no lines and no rows; a report says which of its needed facts those are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.casework.models import Countermeasure, Observable
from incident_api.coordination.organisation import Organisation, Text
from incident_api.coordination.policy import Policy
from incident_api.incidents import duties, timeline
from incident_api.incidents.models import Incident, IncidentLink, IncidentTransition
from incident_api.organisation import contacts
from incident_api.people.models import PersonRow
from incident_api.reports import words
from khien.clock import CITY_ZONE, MICROSECONDS

#: Rows of a table in a report; what is beyond is counted in its last line.
ROWS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one thing: lines, or a table with heads."""

    label: Text
    lines: tuple[Text, ...] = ()
    heads: tuple[Text, ...] = ()
    rows: tuple[tuple[Text, ...], ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.lines or self.rows)


@dataclass(frozen=True)
class Source:
    """What facts are read from: the store as it is in one transaction."""

    session: Session
    incident: Incident
    policy: Policy
    organisation: Organisation
    now_us: int

    @cached_property
    def deeds(self) -> dict[str, dict[str, str]]:
        """What the table asked for, by the newest transition of each action."""
        query = select(IncidentTransition).where(IncidentTransition.incident_id == self.incident.id).order_by(IncidentTransition.id)
        return {row.action: row.fields for row in self.session.scalars(query)}


def of(source: Source, name: str) -> Fact:
    """One fact. The names are those of `coordination.reports.FACT_NAMES`."""
    return _MAKERS[name](source)


def same(text: object) -> Text:
    """What is written alike in both languages."""
    return Text(vi=str(text) or "–", en=str(text) or "–")


def time_text(at_us: int) -> Text:
    """`23/11/2026 09:00 (UTC+7)`, the city's time."""
    local = dt.datetime.fromtimestamp(at_us / MICROSECONDS, tz=CITY_ZONE)
    return same(f"{local:%d/%m/%Y %H:%M} (UTC+7)")


def _t(vi: str, en: str) -> Text:
    return Text(vi=vi, en=en)


def _line(label: Text, value: object) -> Fact:
    text = str(value).strip() if value is not None else ""
    return Fact(label, lines=(same(text),) if text else ())


def _time(label: Text, at_us: int | None) -> Fact:
    return Fact(label, lines=() if at_us is None else (time_text(at_us),))


def _deed(label: Text, action: str, *fields: str) -> Callable[[Source], Fact]:
    """What people wrote when they did it."""

    def make(source: Source) -> Fact:
        given = source.deeds.get(action, {})
        return Fact(label, lines=tuple(same(given[name]) for name in fields if given.get(name)))

    return make


def _severity(source: Source) -> Fact:
    label, severity = _t("Mức độ", "Class"), source.incident.severity
    if severity is None:
        outside = source.policy.severity.outside.text
        is_outside = source.incident.assessment.get("rule") == "outside"
        return Fact(label, lines=(outside,) if is_outside else ())
    text = next(text for name, text in source.policy.severity.classes.items() if name.value == severity)
    return Fact(label, lines=(_t(f"{severity} ({text.vi})", f"{severity} ({text.en})"),))


def _reasons(source: Source) -> Fact:
    kept = source.incident.assessment.get("rules", [])
    lines = tuple(
        _t(f"{each['text']['vi']}. {each['basis']['text']['vi']}", f"{each['text']['en']}. {each['basis']['text']['en']}")
        for each in kept
    )
    return Fact(_t("Căn cứ xếp mức độ", "Why this class"), lines=lines)


def _type(source: Source) -> Fact:
    label, taxonomy = _t("Loại sự cố", "Kind of incident"), source.policy.taxonomy
    if source.incident.type is None:
        return Fact(label)
    row, group = taxonomy.types[source.incident.type], source.incident.category or taxonomy.types[source.incident.type].group
    named = taxonomy.groups[group]
    return Fact(
        label,
        lines=(
            _t(f"{row.text.vi} ({source.incident.type})", f"{row.text.en} ({source.incident.type})"),
            _t(f"Nhóm {group}: {named.vi}", f"Group {group}: {named.en}"),
        ),
    )


def _flags(source: Source) -> Fact:
    known = source.policy.severity.flags
    return Fact(_t("Dấu hiệu đặc biệt", "Flags"), lines=tuple(known[flag].text for flag in source.incident.flags if flag in known))


def _state(source: Source) -> Fact:
    return Fact(_t("Tình trạng xử lý", "State"), lines=(words.STATES[source.incident.state],))


def _answers(source: Source) -> Fact:
    """The answers that people gave to the questions of the rules."""
    lines = []
    for name, value in sorted(source.incident.facts.items()):
        question = source.policy.severity.facts.get(name)
        if question is None:
            continue
        if isinstance(value, bool):
            vi, en = ("có", "yes") if value else ("không", "no")
        elif isinstance(value, str) and question.choices and value in question.choices:
            vi, en = question.choices[value].vi, question.choices[value].en
        else:
            vi = en = str(value)
        lines.append(_t(f"{question.text.vi}: {vi}", f"{question.text.en}: {en}"))
    return Fact(_t("Thông tin đã xác minh", "What is established"), lines=tuple(lines))


def _assets(source: Source) -> Fact:
    rows = []
    for each in source.incident.assets:
        known = source.organisation.assets.get(each["id"])
        name = known.name if known is not None else same(each["id"])
        owner = each["owner"]
        unit = source.organisation.units.get(owner) if owner else None
        nobody = _t("Chưa xác định chủ quản", "Owner not established")
        rows.append((name, same(each["level"] or "–"), unit.name if unit is not None else same(owner) if owner else nobody))
    heads = (_t("Hệ thống", "System"), _t("Cấp độ", "Level"), _t("Chủ quản", "Owner"))
    return Fact(_t("Hệ thống bị ảnh hưởng", "Systems affected"), heads=heads, rows=tuple(rows))


def _units(source: Source) -> Fact:
    known = source.organisation.units
    lines = tuple(known[unit].name if unit in known else same(unit) for unit in source.incident.units)
    return Fact(_t("Đơn vị liên quan", "Units"), lines=lines)


def _owners(source: Source) -> Fact:
    known = source.organisation.units
    owners = dict.fromkeys(each["owner"] for each in source.incident.assets if each["owner"])
    lines = tuple(known[owner].name if owner in known else same(owner) for owner in owners)
    return Fact(_t("Bên kiểm soát dữ liệu cá nhân", "Controller of the personal data"), lines=lines)


def _data_officer(source: Source) -> Fact:
    """The officers of the homes that own what is affected; a role and an account, never a private person."""
    owners = {each["owner"] for each in source.incident.assets}
    people = source.session.scalars(select(PersonRow).where(PersonRow.is_active).order_by(PersonRow.id))
    found = [_t(each.name_vi, each.name_en) for each in people if "owner.dpo" in each.roles and each.home in owners]
    return Fact(_t("Người phụ trách bảo vệ dữ liệu", "Data-protection officer"), lines=tuple(found))


def _lead(source: Source) -> Fact:
    return Fact(_t("Chủ trì xử lý", "Lead"), lines=(source.policy.leads[source.incident.lead],))


def _handler(source: Source) -> Fact:
    row = source.session.get(PersonRow, source.incident.assignee)
    return Fact(_t("Người xử lý", "Handler"), lines=() if row is None else (_t(row.name_vi, row.name_en),))


def _techniques(source: Source) -> Fact:
    """ATT&CK techniques of the rules whose alerts belong to the case."""
    query = (
        select(TriageGroup)
        .join(IncidentLink, IncidentLink.group_id == TriageGroup.id)
        .where(IncidentLink.incident_id == source.incident.id, IncidentLink.unlinked_us.is_(None))
    )
    groups = source.session.scalars(query).all()
    tags = sorted({tag.removeprefix("attack.").upper() for group in groups for tag in group.tags if _is_technique(tag)})
    return Fact(_t("Kỹ thuật tấn công (MITRE ATT&CK)", "Techniques (MITRE ATT&CK)"), lines=(same(", ".join(tags)),) if tags else ())


def _is_technique(tag: str) -> bool:
    return tag.startswith("attack.t") and tag[8:12].isdigit()


def _indicators(source: Source) -> Fact:
    query = select(Observable).where(
        Observable.incident_id == source.incident.id, Observable.dismissed_us.is_(None), Observable.is_internal.is_(False)
    )
    rows = tuple((same(each.kind), same(each.value)) for each in source.session.scalars(query.order_by(Observable.id)))
    return _table(_t("Dấu hiệu tấn công", "Indicators"), (_t("Loại", "Kind"), _t("Giá trị", "Value")), rows)


def _measures(source: Source) -> Fact:
    query = select(Countermeasure).where(Countermeasure.incident_id == source.incident.id).order_by(Countermeasure.id)
    rows = tuple(
        (
            words.MEASURES[each.kind],
            same(each.target),
            words.MEASURE_STATES[each.state],
            time_text(each.active_us or each.proposed_us),
        )
        for each in source.session.scalars(query)
    )
    heads = (_t("Biện pháp", "Measure"), _t("Đối tượng", "On what"), _t("Tình trạng", "State"), _t("Thời điểm", "When"))
    return _table(_t("Biện pháp kỹ thuật", "Countermeasures"), heads, rows)


def _told(source: Source) -> Fact:
    """The duties to tell and what became of each."""
    rows = []
    for each in duties.of(source.session, source.incident):
        rule = source.policy.obligations.rule(each.code)
        whom = _recipient(source, each.recipient)
        what = _t(f"{rule.text.vi} → {whom.vi}", f"{rule.text.en} → {whom.en}")
        done = same("–") if each.sent_us is None else time_text(each.sent_us)
        rows.append((what, time_text(each.due_us), done, same(each.receipt or "–"), words.DUTIES[each.state]))
    heads = (
        _t("Nội dung và nơi nhận", "What and to whom"),
        _t("Hạn", "Due"),
        _t("Đã gửi", "Sent"),
        _t("Xác nhận", "Receipt"),
        _t("Tình trạng", "State"),
    )
    return _table(_t("Nghĩa vụ thông báo", "Duties to tell"), heads, tuple(rows))


def _recipient(source: Source, name: str) -> Text:
    """Whom a name of the rules means today; a name that nobody answers for stays as it is."""
    party = source.policy.parties.get(name)
    found = contacts.find(source.organisation, name, at_us=source.now_us)
    return found.name if found is not None else party.name if party is not None else same(name)


def _course(source: Source) -> Fact:
    limit = ROWS_SHOWN + 1
    found = timeline.entries(source.session, source.incident, policy=source.policy, order="oldest", after=None, limit=limit)
    rows = tuple((time_text(each.at_us), each.told.text) for each in islice(found, limit))
    return _table(_t("Diễn biến", "Course of events"), (_t("Thời điểm", "When"), _t("Sự việc", "What")), rows)


def _data_kinds(source: Source) -> Fact:
    """Kinds of personal data by the flags set, and the classes of the systems that hold them."""
    known = source.policy.severity.flags
    lines = [known[flag].text for flag in ("pd_loc", "pd_fin") if flag in source.incident.flags and flag in known]
    facts = source.incident.facts
    if facts.get("sensitive_data") is True:
        lines.append(source.policy.severity.facts["sensitive_data"].text)
    return Fact(_t("Loại dữ liệu", "Kinds of data"), lines=tuple(lines))


def _harm(source: Source) -> Fact:
    label = _t("Khả năng gây hại", "Harm to be feared")
    known = source.policy.severity.flags
    if "pd_noharm" in source.incident.flags:
        return Fact(label, lines=(known["pd_noharm"].text,))
    questions = source.policy.severity.facts
    lines = [questions[name].text for name in ("data_leaked", "data_encrypted") if source.incident.facts.get(name) is True]
    return Fact(label, lines=tuple(lines))


def _table(label: Text, heads: tuple[Text, ...], rows: Iterable[tuple[Text, ...]]) -> Fact:
    found = tuple(rows)
    beyond = len(found) - ROWS_SHOWN
    if beyond <= 0:
        return Fact(label, heads=heads, rows=found)
    more = _t(f"… và còn nữa: chỉ nêu {ROWS_SHOWN} dòng đầu", f"… and more: the first {ROWS_SHOWN} rows are shown")
    return Fact(label, lines=(more,), heads=heads, rows=found[:ROWS_SHOWN])


_MAKERS: dict[str, Callable[[Source], Fact]] = {
    "answers": _answers,
    "assets": _assets,
    "closed": lambda source: _time(_t("Đóng sự cố", "Closed"), source.incident.closed_us),
    "containment": _deed(_t("Khoanh vùng, ngăn chặn", "Containment"), "contain", "what", "when"),
    "course": _course,
    "data_kinds": _data_kinds,
    "data_officer": _data_officer,
    "detected": lambda source: _time(_t("Thời điểm phát hiện", "Detected"), source.incident.detected_us),
    "flags": _flags,
    "handler": _handler,
    "harm": _harm,
    "impact": _deed(_t("Thiệt hại, ảnh hưởng", "Impact"), "close", "impact"),
    "indicators": _indicators,
    "lead": _lead,
    "lessons": _deed(_t("Bài học", "Lessons"), "close", "lessons"),
    "measures": _measures,
    "number": lambda source: _line(_t("Mã sự cố", "Number"), source.incident.id),
    "occurred": lambda source: _time(_t("Thời điểm xảy ra", "Occurred"), source.incident.occurred_us),
    "owners": _owners,
    "personal_data_known": lambda source: _time(
        _t("Thời điểm biết có dữ liệu cá nhân", "Personal data known to be affected"), source.incident.personal_data_us
    ),
    "reasons": _reasons,
    "recovered": lambda source: _time(_t("Thời điểm khôi phục", "Recovered"), source.incident.recovered_us),
    "recovery": _deed(_t("Khôi phục", "Recovery"), "recover", "checked"),
    "resolution": _deed(_t("Kết quả xử lý", "Outcome"), "close", "resolution"),
    "root_cause": _deed(_t("Nguyên nhân", "Cause"), "eradicate", "root_cause"),
    "severity": _severity,
    "state": _state,
    "subjects": lambda source: _line(_t("Số chủ thể dữ liệu", "Data subjects"), source.incident.facts.get("subjects")),
    "techniques": _techniques,
    "title": lambda source: _line(_t("Tóm tắt", "Summary"), source.incident.title),
    "told": _told,
    "type": _type,
    "units": _units,
}


def document(fact: Fact) -> dict[str, Any]:
    """As plain values, for the JSON twin."""
    return {
        "label": fact.label.model_dump(),
        "lines": [line.model_dump() for line in fact.lines],
        "heads": [head.model_dump() for head in fact.heads],
        "rows": [[cell.model_dump() for cell in row] for row in fact.rows],
    }
