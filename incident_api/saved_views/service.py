"""Keeps views: as many as a person can overlook, shared ones with the name of who shared them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.http.schemas import LocalText
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor
from incident_api.people.rights import Right
from incident_api.people.schemas import PersonBrief
from incident_api.runtime import Runtime
from incident_api.saved_views.models import SavedView
from incident_api.saved_views.schemas import SavedViewAnswer, SavedViewsAnswer, SaveView
from khien.errors import KhienError
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

#: Of one person; more nobody finds again.
MOST_VIEWS = 50


def listing(runtime: Runtime, *, caller: Caller) -> SavedViewsAnswer:
    """One's own and the shared ones: whoever sees only some units does not read in a name or a filter that others exist."""
    own = SavedView.owner == caller.person.id
    seen = or_(own, SavedView.is_shared) if caller.visible_units is None else own
    query = select(SavedView, PersonRow).join(PersonRow, PersonRow.id == SavedView.owner).where(seen)
    with runtime.database.read() as session:
        found = session.execute(query.order_by(SavedView.is_shared, SavedView.name, SavedView.id)).all()
    return SavedViewsAnswer(views=[_answer(view, owner, caller=caller) for view, owner in found])


def save(runtime: Runtime, *, caller: Caller, body: SaveView) -> SavedViewAnswer:
    """A new one, or the address of a known name."""
    name, now = normalise(body.name).strip(), runtime.clock.now_us()
    if not name:
        raise KhienError("request.invalid", place="name", reason="empty")
    if body.is_shared and Right.ALERTS_TRIAGE not in caller.person.rights:
        raise KhienError("session.forbidden", right=Right.ALERTS_TRIAGE.value)
    with runtime.database.write() as session:
        view = session.scalar(select(SavedView).where(SavedView.owner == caller.person.id, SavedView.name == name))
        was_shared = view is not None and view.is_shared
        if view is None:
            _refuse_more(session, caller=caller)
            view = SavedView(owner=caller.person.id, name=name)
            session.add(view)
        view.address, view.is_shared, view.at_us = body.address, body.is_shared, now
        session.flush()
        if body.is_shared or was_shared:
            _record(session, view, caller=caller, act="view.share", now_us=now)
        return _answer(view, session.get_one(PersonRow, view.owner), caller=caller)


def remove(runtime: Runtime, *, caller: Caller, view_id: int) -> None:
    """One's own; a shared one also by whoever leads."""
    with runtime.database.write() as session:
        view = session.get(SavedView, view_id)
        is_seen = view is not None and view.is_shared and caller.visible_units is None
        if view is None or not (is_seen or view.owner == caller.person.id):
            raise KhienError("alert.not_found", object=str(view_id))
        if not _may_remove(view, caller=caller):
            raise KhienError("session.forbidden", right=Right.ALERTS_ASSIGN.value)
        if view.is_shared:
            _record(session, view, caller=caller, act="view.remove", now_us=runtime.clock.now_us())
        session.delete(view)


def _refuse_more(session: Session, *, caller: Caller) -> None:
    own = session.scalar(select(func.count()).select_from(SavedView).where(SavedView.owner == caller.person.id)) or 0
    if own >= MOST_VIEWS:
        raise KhienError("request.too_many_views", most=MOST_VIEWS)


def _may_remove(view: SavedView, *, caller: Caller) -> bool:
    return view.owner == caller.person.id or Right.ALERTS_ASSIGN in caller.person.rights


def _record(session: Session, view: SavedView, *, caller: Caller, act: str, now_us: int) -> None:
    """What everybody sees was put there by somebody."""
    audit.append(
        session,
        at_us=now_us,
        actor=Actor.of(caller.person),
        act=act,
        object_name=f"view/{view.id}",
        before=None,
        after={"name": view.name, "address": view.address},
    )


def _answer(view: SavedView, owner: PersonRow, *, caller: Caller) -> SavedViewAnswer:
    return SavedViewAnswer(
        id=view.id,
        name=view.name,
        address=view.address,
        is_shared=view.is_shared,
        owner=PersonBrief(id=owner.id, name=LocalText(vi=owner.name_vi, en=owner.name_en), home=owner.home),
        may_remove=_may_remove(view, caller=caller),
        at_us=view.at_us,
    )
