"""Keep notices in an outbox: what was told of a deadline becomes a notice like any other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COPY = """
INSERT INTO notices (key, subject, template, recipient, channel, urgency, fields, tlp, simulated, state, made_us, attempts, rung,
                     sent_us, ended_us, version)
SELECT 'escalation/' || CAST(COALESCE(run_id, 0) AS VARCHAR(20)) || '/' || CAST(step AS VARCHAR(20)), 'group/' || group_id,
       'alert_unanswered', person, channel, 'high', '{}', 'AMBER', state = 'simulated', state, at_us, 0, 0,
       CASE WHEN state = 'delivered' THEN at_us END, at_us, 1
FROM notifications ORDER BY id
"""


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("urgency", sa.String(length=8), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("tlp", sa.String(length=16), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("next_at_us", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.String(length=64), nullable=True),
        sa.Column("via", sa.String(length=32), nullable=True),
        sa.Column("resolved", sa.JSON(), nullable=True),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("lease_until_us", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "recipient", "channel"),
    )
    op.create_index("notices_of_subject", "notices", ["subject", "id"], unique=False)
    op.create_index("notices_of_recipient", "notices", ["recipient", "id"], unique=False)
    op.create_index("notices_due", "notices", ["state", "next_at_us", "id"], unique=False)
    op.create_index("notices_of_bundle", "notices", ["bundle"], unique=False)
    op.execute(_COPY)
    op.drop_index("notifications_of_group", table_name="notifications")
    op.drop_table("notifications")
