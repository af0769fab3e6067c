"""The ledger: what components published, beside what this process took in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from incident_api.alerts.models import StoredAlert, TriageGroup
from incident_api.ledger.models import IntakeCount, LedgerRow
from incident_api.ledger.schemas import AlertCounts, ComponentLedger, LedgerAnswer
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.errors import KhienError

#: A source is a line of numbers; this is room for a thousand of them.
_LEDGER_BYTES = 256 * 1024


def publish(runtime: Runtime, *, component: str, ledger: dict[str, Any], size_bytes: int) -> None:
    """Keep the newest ledger of a component."""
    if size_bytes > _LEDGER_BYTES:
        raise KhienError("request.too_large", limit=_LEDGER_BYTES)
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        row = session.get(LedgerRow, component)
        if row is None:
            session.add(LedgerRow(component=component, received_us=now, document=ledger))
        else:
            row.received_us, row.document = now, ledger
        stream.append(session, kind="ledger", object_id=component, version=1, at_us=now, keep=runtime.settings.stream_rows)


def current(runtime: Runtime) -> LedgerAnswer:
    """Everything that was counted; `balances` compares our own counters with our own rows."""
    with runtime.database.read() as session:
        rows = session.scalars(select(LedgerRow).order_by(LedgerRow.component)).all()
        counts = {row.outcome: row.alerts for row in session.scalars(select(IntakeCount))}
        stored = session.scalar(select(func.count()).select_from(StoredAlert)) or 0
        groups = session.scalar(select(func.count()).select_from(TriageGroup)) or 0
        in_groups = session.scalar(select(func.coalesce(func.sum(TriageGroup.alerts), 0))) or 0
    created = counts.get("created", 0)
    return LedgerAnswer(
        components=[ComponentLedger(component=row.component, received_us=row.received_us, ledger=row.document) for row in rows],
        alerts=AlertCounts(
            posted=sum(counts.values()),
            created=created,
            updated=counts.get("updated", 0),
            known=counts.get("known", 0),
            stored=stored,
            groups=groups,
        ),
        balances=created == stored == int(in_groups),
    )
