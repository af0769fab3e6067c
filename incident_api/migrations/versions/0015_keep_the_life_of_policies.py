"""Keep the life of policies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("policies", sa.Column("paper", sa.JSON(), nullable=True))
    op.create_table(
        "policy_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=True),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("audit_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["policies.sha256"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("changes_of_policy", "policy_changes", ["sha256", "id"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index("changes_of_policy", table_name="policy_changes")
    op.drop_table("policy_changes")
    op.drop_column("policies", "paper")
