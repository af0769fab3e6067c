"""Let every subject have its clock: a run is of a group, an obligation or an approval."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Obligations that are open get their run from the auditor, which knows the policy they were made under."""
    op.add_column("escalation_runs", sa.Column("subject", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("escalation_runs", sa.Column("attempt", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE escalation_runs SET subject = 'group/' || group_id")
    op.drop_index("runs_of_group", table_name="escalation_runs")
    with op.batch_alter_table("escalation_runs") as batch_op:
        batch_op.alter_column("subject", existing_type=sa.String(length=80), server_default=None, existing_nullable=False)
        batch_op.drop_column("group_id")
    op.create_index("runs_of_subject", "escalation_runs", ["subject", "id"], unique=False)
    op.drop_index("obligations_due", table_name="obligations")
    with op.batch_alter_table("obligations") as batch_op:
        batch_op.drop_column("steps")
        batch_op.drop_column("next_step_us")
        batch_op.drop_column("taken")
    op.create_index("obligations_due", "obligations", ["state", "due_us"], unique=False)


def downgrade() -> None:
    """Back; only the runs of groups have a place there."""
    op.drop_index("obligations_due", table_name="obligations")
    op.add_column("obligations", sa.Column("taken", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("obligations", sa.Column("next_step_us", sa.BigInteger(), nullable=True))
    op.add_column("obligations", sa.Column("steps", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("obligations_due", "obligations", ["state", "next_step_us"], unique=False)
    op.execute("DELETE FROM escalation_runs WHERE subject NOT LIKE 'group/%'")
    op.drop_index("runs_of_subject", table_name="escalation_runs")
    op.add_column("escalation_runs", sa.Column("group_id", sa.String(length=16), nullable=False, server_default=""))
    op.execute("UPDATE escalation_runs SET group_id = substr(subject, 7)")
    with op.batch_alter_table("escalation_runs") as batch_op:
        batch_op.drop_column("attempt")
        batch_op.drop_column("subject")
    op.create_index("runs_of_group", "escalation_runs", ["group_id", "id"], unique=False)
