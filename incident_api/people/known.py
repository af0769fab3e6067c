"""People as a transaction knows them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from incident_api.people.models import PersonRow


def known(session: Session, person: str) -> PersonRow | None:
    """Somebody, kept alive for the transaction: the session itself holds its objects weakly. None: a party, or nobody."""
    people: dict[str, PersonRow] = session.info.setdefault("people", {})
    if person not in people:
        row = session.get(PersonRow, person)
        if row is None:
            return None
        people[person] = row
    return people[person]
