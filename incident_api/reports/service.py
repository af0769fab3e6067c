"""Making a report, and reading one again as a file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination.canonical import canonical_bytes, sha256_of
from incident_api.coordination.organisation import Text
from incident_api.coordination.policy import Policy
from incident_api.coordination.service import pinned
from incident_api.http.schemas import LocalText
from incident_api.incidents import duties
from incident_api.incidents.models import Incident, Obligation
from incident_api.incidents.visibility import visible_incident
from incident_api.notifications import ceiling, telling
from incident_api.organisation import contacts
from incident_api.people import service as people
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor
from incident_api.people.schemas import PersonBrief
from incident_api.reports import docx, pdf, words
from incident_api.reports.composing import Audience, compose, missing
from incident_api.reports.facts import Fact, Source
from incident_api.reports.facts import of as fact_of
from incident_api.reports.models import Report
from incident_api.reports.schemas import LeftOut, MakeReport, ReportKindView, ReportRecipient, ReportsAnswer, ReportView
from incident_api.runtime import Runtime
from khien.errors import KhienError
from khien.language import Language

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

Format = Literal["json", "docx", "pdf"]
#: The recipient of a copy that stays in the house.
OWN_FILE = "file"
_LISTED = 200


def make(runtime: Runtime, session: Session, *, caller: Caller, incident_id: str, asked: MakeReport) -> ReportView:
    """State the facts as they are now. Raises `report.unknown_kind`, `report.secret`, `contact.unknown`."""
    incident = visible_incident(session, caller=caller, incident_id=incident_id)
    policy = pinned(runtime, session, incident.policy_sha256)
    if asked.kind not in policy.reports.kinds:
        raise KhienError("report.unknown_kind", kind=asked.kind, known=", ".join(policy.reports.kinds))
    # A state secret never enters a document of ours (coordination design, section 5).
    if policy.obligations.contact_only_flag in incident.flags:
        raise KhienError("report.secret", object=incident.id)
    now, organisation = runtime.clock.now_us(), runtime.organisation
    source = Source(session=session, incident=incident, policy=policy, organisation=organisation, now_us=now)
    audience = audience_of(runtime, session, incident, policy=policy, recipient=asked.recipient, now_us=now)
    last = session.scalar(select(func.max(Report.number)).where(Report.incident_id == incident.id)) or 0
    document = compose(source, kind=asked.kind, audience=audience, number=last + 1, city=organisation.name)
    document["sha256"] = sha256_of(document)
    row = Report(
        incident_id=incident.id,
        kind=asked.kind,
        recipient=audience.recipient,
        number=last + 1,
        made_us=now,
        made_by=caller.person.id,
        sha256=document["sha256"],
        document=document,
    )
    session.add(row)
    session.flush()
    after = {"kind": row.kind, "recipient": row.recipient, "number": row.number, "sha256": row.sha256}
    _record(session, row, act="report.make", caller=caller, after=after, now_us=now)
    return _view(row, people.briefs(session, {row.made_by}))


def of(runtime: Runtime, *, caller: Caller, incident_id: str) -> ReportsAnswer:
    """Every report of an incident, and the kinds its rules know."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        policy = pinned(runtime, session, incident.policy_sha256)
        query = select(Report).where(Report.incident_id == incident.id).order_by(Report.id.desc()).limit(_LISTED)
        rows = session.scalars(query).all()
        names = people.briefs(session, {row.made_by for row in rows})
        source = Source(
            session=session, incident=incident, policy=policy, organisation=runtime.organisation, now_us=runtime.clock.now_us()
        )
        owed = duties.of(session, incident)
        return ReportsAnswer(
            reports=[_view(row, names) for row in rows],
            kinds=_kinds(source, owed),
            recipients=_recipients(runtime, session, owed, now_us=source.now_us),
            is_contact_only=policy.obligations.contact_only_flag in incident.flags,
        )


def _kinds(source: Source, owed: Sequence[Obligation]) -> list[ReportKindView]:
    """Every kind with what it lacks now; a fact that several kinds state is made once."""
    made: dict[str, Fact] = {}
    views = []
    for name, kind in source.policy.reports.kinds.items():
        for section in kind.sections:
            made.update({need: fact_of(source, need) for need in section.needs if need not in made})
        due = [each.due_us for each in owed if each.code in kind.fulfils and each.state in duties.UNDONE]
        views.append(
            ReportKindView(
                kind=name,
                title=_local(kind.title),
                subject=_local(kind.subject),
                fulfils=list(kind.fulfils),
                missing=[_left_out(each) for each in missing(kind, made)],
                due_us=min(due, default=None),
            )
        )
    return views


def _recipients(runtime: Runtime, session: Session, owed: Sequence[Obligation], *, now_us: int) -> list[ReportRecipient]:
    """Whom the obligations name; somebody whom the directory does not know today keeps their name of the rules."""
    codes: dict[str, list[str]] = {}
    for each in owed:
        codes.setdefault(each.recipient, []).append(each.code)
    found = []
    for recipient, theirs in codes.items():
        name = Text(vi=recipient, en=recipient)
        with suppress(KhienError):
            name = contacts.resolve(runtime, session, recipient, at_us=now_us).name
        found.append(ReportRecipient(id=recipient, name=_local(name), codes=sorted(set(theirs))))
    return found


def file(runtime: Runtime, *, caller: Caller, report_id: int, form: Format, language: Language) -> tuple[str, bytes]:
    """Name and bytes of a report as a file; whoever reads one is in the audit log. Raises `report.not_found`."""
    with runtime.database.write() as session:
        row = session.get(Report, report_id)
        if row is None:
            raise KhienError("report.not_found", object=str(report_id))
        visible_incident(session, caller=caller, incident_id=row.incident_id)
        document = dict(row.document)
        name = f"{row.incident_id}-{row.number}-{row.kind}"
        after = {"number": row.number, "format": form, "language": language, "sha256": row.sha256}
        _record(session, row, act="report.read", caller=caller, after=after, now_us=runtime.clock.now_us())
    return f"{name}.{form}", rendered(document, form=form, language=language)


def rendered(document: dict[str, Any], *, form: Format, language: Language) -> bytes:
    """The twin as a file. Raises `report.changed` when it is not what its hash says."""
    body = {name: value for name, value in document.items() if name != "sha256"}
    if sha256_of(body) != document["sha256"]:
        raise KhienError("report.changed", object=document["incident"])
    if form == "json":
        return canonical_bytes(document)
    return docx.render(document, language) if form == "docx" else pdf.render(document, language)


def audience_of(
    runtime: Runtime, session: Session, incident: Incident, *, policy: Policy, recipient: str | None, now_us: int
) -> Audience:
    """For whom a copy is. Raises `contact.unknown`."""
    if recipient is None or recipient == OWN_FILE:
        return Audience(OWN_FILE, words.INTERNAL, None, b"")
    contact = contacts.resolve(runtime, session, recipient, at_us=now_us)
    person = session.get(PersonRow, contact.id)
    most = ceiling.of(
        policy.sharing,
        recipient,
        person=person,
        unit=person.home if person is not None else contact.unit,
        units={*incident.units, *incident.operators},
        subject=f"incident/{incident.id}",
    )
    return Audience(recipient, Text(vi=contact.name.vi, en=contact.name.en), most, telling.key_of(runtime, contact.id))


def _view(row: Report, names: dict[str, PersonBrief]) -> ReportView:
    document = row.document
    return ReportView(
        id=row.id,
        incident=row.incident_id,
        kind=row.kind,
        title=LocalText(**document["title"]),
        number=row.number,
        recipient=row.recipient,
        recipient_name=LocalText(**document["recipient"]["name"]),
        made_us=row.made_us,
        made_by=names[row.made_by],
        sha256=row.sha256,
        missing=[_left_out(each) for each in document["missing"]],
        withheld=[_left_out(each) for each in document["withheld"]],
        masked=document["masked"],
        fulfils=document["fulfils"],
    )


def _left_out(each: dict[str, Any]) -> LeftOut:
    return LeftOut(name=each["name"], label=LocalText(**each["label"]), why=each.get("why"))


def _local(text: Text) -> LocalText:
    return LocalText(vi=text.vi, en=text.en)


def _record(session: Session, row: Report, *, act: str, caller: Caller, after: dict[str, Any], now_us: int) -> None:
    audit.append(
        session,
        at_us=now_us,
        actor=Actor.of(caller.person),
        act=act,
        object_name=f"incident/{row.incident_id}",
        before=None,
        after=after,
    )
