"""Lay the tables of incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("dataset", sa.String(length=80), nullable=False),
        sa.Column("dataset_kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_before_merge", sa.String(length=12), nullable=True),
        sa.Column("merged_into", sa.String(length=16), nullable=True),
        sa.Column("type", sa.String(length=63), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("category", sa.String(length=2), nullable=True),
        sa.Column("severity", sa.String(length=2), nullable=True),
        sa.Column("highest", sa.String(length=2), nullable=True),
        sa.Column("assessment", sa.JSON(), nullable=False),
        sa.Column("lead", sa.String(length=16), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("assets", sa.JSON(), nullable=False),
        sa.Column("units", sa.JSON(), nullable=False),
        sa.Column("operators", sa.JSON(), nullable=False),
        sa.Column("clocks", sa.JSON(), nullable=False),
        sa.Column("occurred_us", sa.BigInteger(), nullable=True),
        sa.Column("detected_us", sa.BigInteger(), nullable=False),
        sa.Column("personal_data_us", sa.BigInteger(), nullable=True),
        sa.Column("recovered_us", sa.BigInteger(), nullable=True),
        sa.Column("opened_us", sa.BigInteger(), nullable=False),
        sa.Column("closed_us", sa.BigInteger(), nullable=True),
        sa.Column("is_owing", sa.Boolean(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("assignee", sa.String(length=128), nullable=False),
        sa.Column("opened_by", sa.String(length=128), nullable=False),
        sa.Column("tlp", sa.String(length=16), nullable=False),
        sa.Column("pap", sa.String(length=8), nullable=False),
        sa.Column("policy_sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stream_seq", sa.BigInteger(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["incidents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["policy_sha256"],
            ["policies.sha256"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.create_index("incidents_by_severity", ["dataset_kind", "state", "severity", "opened_us", "id"], unique=False)
        batch_op.create_index("incidents_of_assignee", ["assignee", "state"], unique=False)

    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.String(length=128), nullable=False),
        sa.Column("first_home", sa.String(length=63), nullable=False),
        sa.Column("second", sa.String(length=128), nullable=True),
        sa.Column("second_home", sa.String(length=63), nullable=True),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(
            "one_approval_at_a_time",
            ["incident_id", "act", "subject"],
            unique=True,
            sqlite_where=sa.text("state = 'half'"),
            postgresql_where=sa.text("state = 'half'"),
        )

    op.create_table(
        "incident_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("group_id", sa.String(length=16), nullable=False),
        sa.Column("linked_us", sa.BigInteger(), nullable=False),
        sa.Column("linked_by", sa.String(length=128), nullable=False),
        sa.Column("unlinked_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["triage_groups.id"],
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("incident_links", schema=None) as batch_op:
        batch_op.create_index("links_of_incident", ["incident_id", "id"], unique=False)
        batch_op.create_index(
            "one_incident_of_a_group",
            ["group_id"],
            unique=True,
            sqlite_where=sa.text("unlinked_us IS NULL"),
            postgresql_where=sa.text("unlinked_us IS NULL"),
        )

    op.create_table(
        "incident_revisions",
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("severity", sa.String(length=2), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("assessment", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("incident_id", "number"),
    )
    op.create_table(
        "incident_transitions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=4), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=True),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("capacity", sa.String(length=16), nullable=True),
        sa.Column("second", sa.String(length=128), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "version"),
    )
    with op.batch_alter_table("incident_transitions", schema=None) as batch_op:
        batch_op.create_index("transitions_of_incident", ["incident_id", "id"], unique=False)

    op.create_table(
        "incident_units",
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=63), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("incident_id", "kind", "value"),
    )
    with op.batch_alter_table("incident_units", schema=None) as batch_op:
        batch_op.create_index("incident_units_by_value", ["kind", "value", "incident_id"], unique=False)

    op.create_table(
        "obligations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("born_overdue", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("next_step_us", sa.BigInteger(), nullable=True),
        sa.Column("sent_us", sa.BigInteger(), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=True),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "code", "recipient", "occurrence"),
    )
    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.create_index("obligations_due", ["state", "next_step_us"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.drop_index("obligations_due")

    op.drop_table("obligations")
    with op.batch_alter_table("incident_units", schema=None) as batch_op:
        batch_op.drop_index("incident_units_by_value")

    op.drop_table("incident_units")
    with op.batch_alter_table("incident_transitions", schema=None) as batch_op:
        batch_op.drop_index("transitions_of_incident")

    op.drop_table("incident_transitions")
    op.drop_table("incident_revisions")
    with op.batch_alter_table("incident_links", schema=None) as batch_op:
        batch_op.drop_index(
            "one_incident_of_a_group", sqlite_where=sa.text("unlinked_us IS NULL"), postgresql_where=sa.text("unlinked_us IS NULL")
        )
        batch_op.drop_index("links_of_incident")

    op.drop_table("incident_links")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(
            "one_approval_at_a_time", sqlite_where=sa.text("state = 'half'"), postgresql_where=sa.text("state = 'half'")
        )

    op.drop_table("approvals")
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.drop_index("incidents_of_assignee")
        batch_op.drop_index("incidents_by_severity")

    op.drop_table("incidents")
