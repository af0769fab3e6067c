"""Keeps what the correlator tells of its rules; a rule that stays as it was keeps the time since when."""

from __future__ import annotations

import hashlib
import re

from sqlalchemy import delete, insert, select

from incident_api.rules.models import RuleCatalogue, RuleFile, RuleRow
from incident_api.rules.published import PublishedRule, PublishRules
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.text import fold

_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_CHUNK = 500
_ID_DIGITS = 16


def publish(runtime: Runtime, *, component: str, body: PublishRules) -> None:
    """Replace the component's catalogue; the same once more changes nothing but its time."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        kept = session.get(RuleCatalogue, component)
        if kept is not None and kept.digest == body.digest:
            kept.received_us = now
            return
        of_component = RuleRow.component == component
        since = {
            found_id: (state, at_us)
            for found_id, state, at_us in session.execute(select(RuleRow.id, RuleRow.state, RuleRow.since_us).where(of_component))
        }
        session.execute(delete(RuleRow).where(of_component))
        session.execute(delete(RuleFile).where(RuleFile.component == component))
        rows = _rows(component, body, since=since, now_us=now)
        for place in range(0, len(rows), _CHUNK):
            session.execute(insert(RuleRow), rows[place : place + _CHUNK])
        files = [{"component": component, "number": number, **one.model_dump()} for number, one in enumerate(body.files)]
        for place in range(0, len(files), _CHUNK):
            session.execute(insert(RuleFile), files[place : place + _CHUNK])
        if kept is None:
            kept = RuleCatalogue(component=component)
            session.add(kept)
        kept.digest, kept.received_us = body.digest, now
        kept.packs = [one.model_dump() for one in body.packs]
        stream.append(session, kind="rules", object_id=component, version=1, at_us=now, keep=runtime.settings.stream_rows)


def digest_of(runtime: Runtime, component: str) -> str | None:
    """What this API has of a component; the component sends anew what differs."""
    with runtime.database.read() as session:
        return session.scalar(select(RuleCatalogue.digest).where(RuleCatalogue.component == component))


def _rows(component: str, body: PublishRules, *, since: dict[str, tuple[str, int]], now_us: int) -> list[dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for one in body.rules:
        name = one.rule_id if one.rule_id and one.state != "rejected" else one.location
        number, row_id = 0, _id(component, name, one.state == "rejected", 0)
        while row_id in found:
            # Two documents may be refused for the same reason at the same place; an id may stand in two packs, once switched off.
            number += 1
            row_id = _id(component, name, one.state == "rejected", number)
        state, at_us = since.get(row_id, ("", now_us))
        found[row_id] = {
            **_row(one),
            "id": row_id,
            "component": component,
            "since_us": at_us if state == one.state else now_us,
            "pack": body.files[one.file].pack if one.file is not None and one.file < len(body.files) else 0,
        }
    return list(found.values())


def _row(one: PublishedRule) -> dict[str, object]:
    techniques = sorted({match[1].upper() for tag in one.tags if (match := _TECHNIQUE.fullmatch(tag))})
    source = _log_source(one)
    words = (one.title.vi, one.title.en, one.name, one.rule_id, one.location, source, *one.tags)
    shown = {"rule_id", "name", "kind", "state", "level", "title", "location", "file"}
    return {
        "rule_id": one.rule_id,
        "name": one.name,
        "kind": one.kind,
        "state": one.state,
        "level": one.level,
        "title_vi": one.title.vi,
        "title_en": one.title.en,
        "techniques": techniques,
        "log_source": source,
        "location": one.location,
        "file": one.file,
        "search_text": fold("\n".join(words)),
        "document": one.model_dump(mode="json", exclude=shown),
    }


def _log_source(one: PublishedRule) -> str:
    if one.logsource is None:
        return ""
    parts = (one.logsource.product, one.logsource.category, one.logsource.service)
    return " / ".join(part for part in parts if part)


def _id(component: str, name: str, is_rejected: bool, number: int) -> str:  # noqa: FBT001 - a part of the name that is hashed
    return hashlib.sha256(f"{component}\0{name}\0{is_rejected}\0{number}".encode()).hexdigest()[:_ID_DIGITS]
