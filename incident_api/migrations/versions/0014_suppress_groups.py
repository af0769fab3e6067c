"""Suppress groups for a while, remind of what was left, and say what came back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("triage_groups", sa.Column("suppressed_until_us", sa.BigInteger(), nullable=True))
    op.add_column("triage_groups", sa.Column("reminded_us", sa.BigInteger(), nullable=True))
    op.add_column("triage_groups", sa.Column("came_back", sa.String(length=8), nullable=True))
    op.create_index("groups_of_key", "triage_groups", ["triage_key", "dataset"], unique=False)
    op.create_index("groups_suppressed", "triage_groups", ["suppressed_until_us"], unique=False)
    op.create_table(
        "suppressions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["triage_groups.id"]),
        sa.ForeignKeyConstraint(["person"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("suppressions_of_group", "suppressions", ["group_id", "id"], unique=False)


def downgrade() -> None:
    """Back: what was suppressed is new again."""
    op.execute("UPDATE triage_groups SET state = 'new', is_open = (1 = 1) WHERE state = 'suppressed'")
    op.drop_index("suppressions_of_group", table_name="suppressions")
    op.drop_table("suppressions")
    op.drop_index("groups_suppressed", table_name="triage_groups")
    op.drop_index("groups_of_key", table_name="triage_groups")
    for name in ("came_back", "reminded_us", "suppressed_until_us"):
        op.drop_column("triage_groups", name)
