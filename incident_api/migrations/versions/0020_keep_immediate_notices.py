"""Keep who sent an immediate notice without an approver, and who approved it afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    for name in ("immediate_us", "approve_by_us", "approved_us"):
        op.add_column("obligations", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("obligations", sa.Column("approved_by", sa.String(length=128), nullable=True))


def downgrade() -> None:
    """Back."""
    for name in ("approved_by", "approved_us", "approve_by_us", "immediate_us"):
        op.drop_column("obligations", name)
