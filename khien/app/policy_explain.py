"""`khien policy explain`: a case from a file or from options, and the answer as people read it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

from pydantic import Field

from incident_api.coordination.case import AffectedAsset, FactValue
from incident_api.coordination.documents import read_document
from incident_api.coordination.explaining import Explained, Question, asset_of, explain
from incident_api.coordination.organisation import Organisation, Part, Text, validated
from incident_api.coordination.policy import Policy
from incident_api.coordination.versions import explanation
from khien.app.command import Context
from khien.app.rules_output import write_json
from khien.clock import SystemClock
from khien.errors import KhienError

#: Exact in a document of RFC 8785.
_MOST_DIGITS = 15
_SHOWN = "%d/%m/%Y %H:%M"


class CaseAsset(Part):
    """A system as the file names it; with nothing but its id it is looked up."""

    id: str
    level: int | None = None
    owner: str | None = None
    flags: tuple[str, ...] = ()


class CaseFile(Part):
    """The file. Times are local, such as `2026-11-10 09:00`."""

    assets: tuple[str | CaseAsset, ...] = ()
    facts: dict[str, FactValue] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    detected: str | None = None
    at: str | None = None
    recovered: str | None = None
    type: str | None = None
    tags: tuple[str, ...] = ()


def explain_case(context: Context, policy: Policy, organisation: Organisation | None) -> int:
    """Ask and tell. Raises `case.*`, `policy.invalid`, `usage.invalid`."""
    found = explain(policy, _question(context, policy, organisation))
    if context.arguments.json:
        label = f"{policy.id} {policy.version}"
        write_json(explanation(policy, found, label=label).model_dump())
    else:
        _tell(context, policy, found)
    return 0


def _question(context: Context, policy: Policy, organisation: Organisation | None) -> Question:
    given = context.arguments
    case = validated(CaseFile, read_document(Path(given.case)), path=Path(given.case)) if given.case else CaseFile()
    facts = dict(case.facts) | dict(_fact(each) for each in given.fact)
    now = SystemClock().now_us()
    detected = _time(policy, given.detected or case.detected)
    detected_us = now if detected is None else detected
    at = _time(policy, case.at)
    return Question(
        assets=tuple(_asset(each, organisation) for each in (*case.assets, *given.asset)),
        facts=facts,
        flags=(*case.flags, *given.flag),
        detected_us=detected_us,
        at_us=detected_us if at is None else at,
        recovered_us=_time(policy, case.recovered),
        type=given.type or case.type,
        tags=case.tags,
    )


def _asset(asked: str | CaseAsset, organisation: Organisation | None) -> AffectedAsset:
    if isinstance(asked, CaseAsset) and (asked.level is not None or asked.owner is not None or asked.flags):
        return AffectedAsset(asked.id, asked.level, asked.owner, asked.flags)
    name, _, level = (asked.id if isinstance(asked, CaseAsset) else asked).partition(":")
    if level:
        if level not in {"1", "2", "3", "4", "5"}:
            raise KhienError("usage.invalid", message=f"--asset {asked}", program="khien policy explain")
        return AffectedAsset(name, int(level))
    return AffectedAsset(name) if organisation is None else asset_of(organisation, name)


def _fact(text: str) -> tuple[str, FactValue]:
    name, separator, value = text.partition("=")
    if not separator:
        raise KhienError("usage.invalid", message=f"--fact {text}", program="khien policy explain")
    if value in {"true", "false"}:
        return name, value == "true"
    return name, int(value) if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS else value


def _time(policy: Policy, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return policy.calendar.absolute(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise KhienError("usage.invalid", message=text, program="khien policy explain") from error


def _tell(context: Context, policy: Policy, found: Explained) -> None:
    def words(text: Text) -> str:
        return text.vi if context.language == "vi" else text.en

    def line(key: str, **values: Any) -> None:
        sys.stdout.write(context.say(f"policy.explain.{key}", **values) + "\n")

    severity = found.severity.value if found.severity else context.say("policy.explain.outside")
    line("class", severity=severity, text=words(found.severity_text))
    for reason in found.reasons:
        told = {"id": reason.id, "severity": reason.severity.value, "text": words(reason.text), "basis": words(reason.basis.text)}
        line("reason", mark="●" if reason.is_deciding else "○", **told)
    line("lead", text=words(found.lead_text))
    for _, text, basis in found.joins:
        line("join", text=words(text), basis=words(basis))
    for rule, questions in found.could_raise:
        line("could_raise", id=rule, questions="; ".join(words(each) for each in questions))
    line("owes", count=len(found.owed))
    for owed in sorted(found.owed, key=lambda each: (each.due_us, each.code, each.recipient)):
        due = policy.calendar.local(owed.due_us).strftime(_SHOWN)
        told = {"code": owed.code, "text": words(owed.text), "recipient": words(owed.recipient_text), "basis": words(owed.basis)}
        line("obligation", due=due, **told)
    line("approvals")
    for act in found.approvals:
        line("approval", text=words(act.text), first=", ".join(act.first), second=", ".join(act.second))
