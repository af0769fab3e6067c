"""Keep how far a bulk act came, and what its undo gave back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("bulk_tokens", sa.Column("progress", sa.JSON(), nullable=True))
    op.add_column("bulk_tokens", sa.Column("finished_us", sa.BigInteger(), nullable=True))
    op.add_column("bulk_tokens", sa.Column("undone", sa.Text(), nullable=True))


def downgrade() -> None:
    """Back."""
    for name in ("undone", "finished_us", "progress"):
        op.drop_column("bulk_tokens", name)
