"""People: kept equal to the organisation's file, and given a log-in by `khien user add`."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.audit import service as audit
from incident_api.coordination.explanation import ROLES
from incident_api.coordination.organisation import Organisation
from incident_api.duty.current import roster
from incident_api.http.schemas import LocalText
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.people.rights import ROLE_CAPACITY, ROLE_RIGHTS
from incident_api.people.schemas import LogInGiven, PeopleAnswer, PersonBrief, PersonView, RightView, RolesAnswer, RoleView
from incident_api.people.words import RIGHTS
from incident_api.runtime import Runtime
from incident_api.sessions import passwords
from incident_api.sessions.models import AccessToken, RecoveryCode, SecondFactor, SessionRow
from khien.errors import KhienError


def synchronise(session: Session, organisation: Organisation, *, at_us: int) -> None:
    """Make the table say what the organisation's file says; a person no longer in it is disabled, never deleted.

    Who left has no password, second factor or token any more. Who comes back can be named and told again, and logs in when the
    administrator has given a new password: an import alone opens no account.
    """
    known = {row.id: row for row in session.scalars(select(PersonRow))}
    for person_id, person in organisation.people.items():
        row = known.get(person_id)
        if row is None:
            row = PersonRow(id=person_id, language="vi", is_active=True, password_hash=None, last_assigned_us=0)
            session.add(row)
        row.name_vi, row.name_en = person.name.vi, person.name.en
        row.roles, row.home, row.clearance = list(person.roles), person.home, person.clearance
        row.skills, row.desk, row.identities = list(person.skills), list(person.desk), list(person.identities)
        row.source = "organisation"
        if row.left_us is not None:
            row.is_active, row.left_us = True, None
            _record_change(session, row, act="person.return", was_active=False, at_us=at_us)
    for row in known.values():
        if row.source == "organisation" and row.id not in organisation.people and row.is_active:
            row.left_us, row.password_hash = at_us, None
            _put_out(session, row, at_us=at_us)
            for table in (SecondFactor, RecoveryCode):
                session.execute(delete(table).where(table.person == row.id))
            _record_change(session, row, act="person.disable", was_active=True, at_us=at_us)


def add_user(
    runtime: Runtime, *, account: str, password: str, roles: Iterable[str] = (), home: str | None = None, name: str | None = None
) -> None:
    """Give a log-in: to a person of the organisation, or to a new one with these roles and this home."""
    given = tuple(roles)
    encoded = passwords.encode(passwords.accepted(account=account, password=password))
    with runtime.database.write() as session:
        row = session.get(PersonRow, account)
        if row is not None and row.password_hash is not None:
            raise KhienError("people.exists", account=account)
        if row is None:
            row = _new_person(runtime, account=account, roles=given, home=home, name=name or account)
            session.add(row)
            session.flush()
        elif given and set(given) != set(row.roles):
            raise KhienError("people.roles_are_the_organisations", account=account)
        row.password_hash = encoded
        _record(session, runtime, act="person.add_log_in", row=row)


def add_log_ins(runtime: Runtime, *, password: str) -> list[str]:
    """Give everybody of the organisation who has none a log-in with one password: for a demonstration or a drill only.

    Gives the accounts it made; the rules assign to people who can log in, so a city with one account has one assignee.
    """
    encoded = passwords.encode(passwords.accepted(account="demo", password=password))
    made = []
    with runtime.database.write() as session:
        waiting = select(PersonRow).where(PersonRow.source == "organisation", PersonRow.password_hash.is_(None))
        for row in session.scalars(waiting.order_by(PersonRow.id)):
            row.password_hash = encoded
            _record(session, runtime, act="person.add_log_in", row=row)
            made.append(row.id)
    return made


def reset_password(runtime: Runtime, *, account: str, password: str) -> None:
    """A new password; every session of this person ends."""
    encoded = passwords.encode(passwords.accepted(account=account, password=password))
    with runtime.database.write() as session:
        row = session.get(PersonRow, account)
        if row is None:
            raise KhienError("people.unknown", account=account)
        row.password_hash, row.is_active = encoded, True
        _end_sessions(session, account)
        _record(session, runtime, act="person.reset_password", row=row)


def disable_user(runtime: Runtime, *, account: str) -> None:
    """No log-in and no work from now on; open sessions end at once."""
    with runtime.database.write() as session:
        row = session.get(PersonRow, account)
        if row is None:
            raise KhienError("people.unknown", account=account)
        _put_out(session, row, at_us=runtime.clock.now_us())
        _record(session, runtime, act="person.disable", row=row)


def give_log_in(runtime: Runtime, *, keeper: Person, account: str) -> LogInGiven:
    """A password made here and shown once, for somebody whose roles stand already; every session of this person ends.

    A new person, a new role and a lost second factor stay at the command line: a session at the page must not make itself a leader.
    """
    password = _password_to_hand_over()
    encoded = passwords.encode(password)
    with runtime.database.write() as session:
        row = _somebody_else(session, keeper=keeper, account=account)
        if row.source == "organisation" and account not in runtime.organisation.people:
            raise KhienError("people.not_in_organisation", account=account)
        act = "person.add_log_in" if row.password_hash is None else "person.reset_password"
        row.password_hash, row.is_active = encoded, True
        _end_sessions(session, account)
        _record(session, runtime, act=act, row=row, actor=Actor.of(keeper))
    return LogInGiven(account=account, password=password)


def disable(runtime: Runtime, *, keeper: Person, account: str) -> PersonView:
    """Out at once, by somebody else."""
    with runtime.database.write() as session:
        row = _somebody_else(session, keeper=keeper, account=account)
        if row.is_active:
            _put_out(session, row, at_us=runtime.clock.now_us())
            _record(session, runtime, act="person.disable", row=row, actor=Actor.of(keeper))
        now = runtime.clock.now_us()
        on_duty = any(shift.person == account for shift in roster(runtime, session).shifts_at(now) if shift.priority == 1)
        query = select(func.count()).where(TriageGroup.is_open, TriageGroup.assignee == account)
        return _view(row, on_duty=on_duty, open_groups=session.scalar(query) or 0)


def roles() -> RolesAnswer:
    """The table of rights as it stands."""
    return RolesAnswer(
        roles=[
            RoleView(
                id=role,
                name=LocalText(vi=ROLES[role][0], en=ROLES[role][1]),
                capacity=capacity,
                rights=sorted(right.value for right in ROLE_RIGHTS[role]),
            )
            for role, capacity in ROLE_CAPACITY.items()
        ],
        rights=[RightView(id=right.value, name=LocalText(vi=vi, en=en)) for right, (vi, en) in RIGHTS.items()],
    )


def listing(runtime: Runtime) -> PeopleAnswer:
    """Everybody who can be given work, on duty first, then by name."""
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        on_duty = {shift.person for shift in roster(runtime, session).shifts_at(now) if shift.priority == 1}
        rows = session.scalars(select(PersonRow)).all()
        counts = session.execute(
            select(TriageGroup.assignee, func.count()).where(TriageGroup.is_open).group_by(TriageGroup.assignee)
        )
        open_groups = {str(person): int(count) for person, count in counts}
    views = [_view(row, on_duty=row.id in on_duty, open_groups=open_groups.get(row.id, 0)) for row in rows]
    return PeopleAnswer(people=sorted(views, key=lambda view: (not view.is_active, not view.on_duty, view.id)))


def briefs(session: Session, ids: Iterable[str]) -> dict[str, PersonBrief]:
    """Names of these people; who is unknown is missing."""
    wanted = set(ids)
    rows = session.scalars(select(PersonRow).where(PersonRow.id.in_(wanted))) if wanted else ()
    return {row.id: brief(row) for row in rows}


def brief(row: PersonRow) -> PersonBrief:
    """The name."""
    return PersonBrief(id=row.id, name=LocalText(vi=row.name_vi, en=row.name_en), home=row.home)


def _view(row: PersonRow, *, on_duty: bool, open_groups: int) -> PersonView:
    person = Person.of(row)
    return PersonView(
        id=row.id,
        account=row.id,
        name=LocalText(vi=row.name_vi, en=row.name_en),
        roles=list(row.roles),
        capacity=person.capacity,
        home=row.home,
        unit=person.unit,
        skills=list(row.skills),
        is_active=row.is_active and row.password_hash is not None,
        log_in="disabled" if not row.is_active else "none" if row.password_hash is None else "works",
        on_duty=on_duty,
        open_groups=open_groups,
    )


def _new_person(runtime: Runtime, *, account: str, roles: tuple[str, ...], home: str | None, name: str) -> PersonRow:
    if not passwords.is_account(account):
        raise KhienError("people.bad_account", account=account)
    unknown = [role for role in roles if role not in ROLE_CAPACITY]
    if unknown or not roles:
        raise KhienError("people.unknown_role", role=unknown[0] if unknown else "–", known=" ".join(sorted(ROLE_CAPACITY)))
    if home not in runtime.organisation.units:
        raise KhienError("people.unknown_home", home=home or "–", known=" ".join(sorted(runtime.organisation.units)))
    return PersonRow(
        id=account,
        name_vi=name,
        name_en=name,
        roles=list(roles),
        home=home,
        skills=[],
        desk=[],
        identities=[],
        clearance="AMBER+STRICT",
        language="vi",
        is_active=True,
        password_hash=None,
        source="local",
        last_assigned_us=0,
    )


def _somebody_else(session: Session, *, keeper: Person, account: str) -> PersonRow:
    if account == keeper.id:
        raise KhienError("people.own_account", account=account)
    row = session.get(PersonRow, account)
    if row is None:
        raise KhienError("people.unknown", account=account)
    return row


def _put_out(session: Session, row: PersonRow, *, at_us: int) -> None:
    """Out at once, also for scripts: a new password later does not bring old tokens back to life."""
    row.is_active = False
    _end_sessions(session, row.id)
    living = (AccessToken.person == row.id) & AccessToken.revoked_us.is_(None)
    session.execute(update(AccessToken).where(living).values(revoked_us=at_us))


def _record_change(session: Session, row: PersonRow, *, act: str, was_active: bool, at_us: int) -> None:
    audit.append(
        session,
        at_us=at_us,
        actor=Actor.job("organisation"),
        act=act,
        object_name=f"person/{row.id}",
        before={"is_active": was_active},
        after={"is_active": row.is_active},
    )


def _end_sessions(session: Session, account: str) -> None:
    for each in session.scalars(select(SessionRow).where(SessionRow.person == account)):
        session.delete(each)


def _password_to_hand_over() -> str:
    """16 letters and digits (80 bits) in four groups, as somebody reads them over the telephone."""
    raw = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(raw[place : place + 4] for place in range(0, 16, 4))


def _record(session: Session, runtime: Runtime, *, act: str, row: PersonRow, actor: Actor | None = None) -> None:
    audit.append(
        session,
        at_us=runtime.clock.now_us(),
        actor=actor or Actor.job("command-line"),
        act=act,
        object_name=f"person/{row.id}",
        before=None,
        after={"roles": list(row.roles), "home": row.home, "is_active": row.is_active},
    )
