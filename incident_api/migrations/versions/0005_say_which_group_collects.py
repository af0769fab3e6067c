"""Say which group collects new hits, apart from which one waits in the queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNTED = ("dataset_kind", "is_open", "state", "severity", "is_unattended", "assignee")
_LINKED = sa.text(
    "UPDATE triage_groups SET state = 'linked', is_open = :no, is_unattended = :no WHERE state <> 'closed' AND id IN"
    " (SELECT group_id FROM incident_links WHERE unlinked_us IS NULL)"
)
_STOPPED = sa.text(
    "UPDATE escalation_runs SET state = 'stopped', version = version + 1 WHERE state = 'running' AND group_id IN"
    " (SELECT id FROM triage_groups WHERE state = 'linked')"
)


def upgrade() -> None:
    """Forward; a group that an incident was opened from is linked, as the table has it now."""
    op.add_column("triage_groups", sa.Column("collects", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE triage_groups SET collects = is_open")
    op.get_bind().execute(_LINKED, {"no": False})
    op.get_bind().execute(_STOPPED)
    op.drop_index("one_open_group", table_name="triage_groups")
    _unique("collects", sqlite="collects = 1")
    op.drop_index("groups_counted", table_name="triage_groups")
    op.create_index("groups_counted", "triage_groups", list(_COUNTED), unique=False)


def _unique(column: str, *, sqlite: str) -> None:
    op.create_index(
        "one_open_group",
        "triage_groups",
        ["dataset", "triage_key"],
        unique=True,
        sqlite_where=sa.text(sqlite),
        postgresql_where=sa.text(column),
    )


def downgrade() -> None:
    """Back: a linked group waits in the queue again."""
    op.execute("UPDATE triage_groups SET is_open = collects, state = CASE WHEN state = 'linked' THEN 'taken' ELSE state END")
    op.drop_index("groups_counted", table_name="triage_groups")
    op.create_index("groups_counted", "triage_groups", [each for each in _COUNTED if each != "state"], unique=False)
    op.drop_index("one_open_group", table_name="triage_groups")
    _unique("is_open", sqlite="is_open = 1")
    op.drop_column("triage_groups", "collects")
