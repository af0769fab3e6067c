"""Know since when somebody is gone from the organisation's file, so that an import can bring them back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("people", sa.Column("left_us", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("people", "left_us")
