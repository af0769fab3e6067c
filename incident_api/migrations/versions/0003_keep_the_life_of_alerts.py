"""Keep the life of alerts, and what detection holds back."""

from __future__ import annotations

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_GROUP_COUNTS = ("withdrawn", "superseded", "amended", "estimated", "folded")
_LIVED = (
    sa.column("document").like('%"withdrawn":true%')
    | sa.column("document").like('%"estimated":true%')
    | sa.column("document").like('%"superseded_by":"%')
    | sa.column("document").not_like('%"amended":0%')
)


def upgrade() -> None:
    """Forward; what the documents already say is counted."""
    for name in _GROUP_COUNTS:
        kind = sa.BigInteger() if name == "folded" else sa.Integer()
        op.add_column("triage_groups", sa.Column(name, kind, nullable=False, server_default="0"))
    op.add_column("alerts", sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alerts", sa.Column("superseded_by", sa.String(length=32), nullable=True))
    op.add_column("alerts", sa.Column("amended", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("alerts", sa.Column("estimated", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alerts", sa.Column("folded", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "alert_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.String(length=16), nullable=False),
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.String(length=12), nullable=False),
        sa.Column("other_alert_id", sa.String(length=32), nullable=True),
        sa.Column("hits_before", sa.BigInteger(), nullable=False),
        sa.Column("hits_after", sa.BigInteger(), nullable=False),
        sa.Column("audit_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["triage_groups.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("changes_of_group", "alert_changes", ["group_id", "id"], unique=False)
    op.create_table(
        "held_back",
        sa.Column("component", sa.String(length=63), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("journal_seq", sa.BigInteger(), nullable=False),
        sa.Column("journal_head", sa.String(length=64), nullable=False),
        sa.Column("rolled_back_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("component"),
    )
    _count()


def _count() -> None:
    alerts = sa.table(
        "alerts",
        *(sa.column(name) for name in ("id", "group_id", "document", "withdrawn", "superseded_by", "amended", "estimated")),
    )
    groups = sa.table("triage_groups", *(sa.column(name) for name in ("id", *_GROUP_COUNTS)))
    connection = op.get_bind()
    counts: dict[str, Counter[str]] = {}
    for alert_id, group_id, document in connection.execute(
        sa.select(alerts.c.id, alerts.c.group_id, alerts.c.document).where(_LIVED)
    ).all():
        found = json.loads(document)
        withdrawn, superseded_by = bool(found.get("withdrawn")), found.get("superseded_by")
        amended, estimated = int(found.get("amended", 0)), bool(found.get("explanation", {}).get("estimated"))
        connection.execute(
            sa.update(alerts)
            .where(alerts.c.id == alert_id)
            .values(withdrawn=withdrawn, superseded_by=superseded_by, amended=amended, estimated=estimated)
        )
        of_group = counts.setdefault(group_id, Counter())
        of_group["withdrawn"] += withdrawn
        of_group["superseded"] += superseded_by is not None and not withdrawn
        of_group["amended"] += amended > 0
        of_group["estimated"] += estimated
    for group_id, of_group in counts.items():
        connection.execute(sa.update(groups).where(groups.c.id == group_id).values(**of_group))


def downgrade() -> None:
    """Back."""
    op.drop_table("held_back")
    op.drop_index("changes_of_group", table_name="alert_changes")
    op.drop_table("alert_changes")
    for name in ("folded", "estimated", "amended", "superseded_by", "withdrawn"):
        op.drop_column("alerts", name)
    for name in reversed(_GROUP_COUNTS):
        op.drop_column("triage_groups", name)
