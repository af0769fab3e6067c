"""Take in alerts of other tools and warnings of authorities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "foreign_alerts",
        sa.Column("source", sa.String(length=63), nullable=False),
        sa.Column("source_ref", sa.String(length=200), nullable=False),
        sa.Column("alert_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=True),
        sa.Column("document_number", sa.String(length=100), nullable=True),
        sa.Column("tlp", sa.String(length=16), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("posted_by", sa.String(length=128), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"]),
        sa.ForeignKeyConstraint(["posted_by"], ["people.id"]),
        sa.PrimaryKeyConstraint("source", "source_ref"),
        sa.UniqueConstraint("alert_id"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("foreign_alerts")
