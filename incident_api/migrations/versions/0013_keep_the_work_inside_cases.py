"""Keep the work inside cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "incident_bulks",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=True),
        sa.Column("group_id", sa.String(length=16), nullable=True),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tlp", sa.String(length=16), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("withdrawn_us", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=128), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(incident_id IS NULL) <> (group_id IS NULL)", name="comment_of_one_thing"),
        sa.ForeignKeyConstraint(
            ["author"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["triage_groups.id"],
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("comments_of_group", "comments", ["group_id", "id"], unique=False)
    op.create_index("comments_of_incident", "comments", ["incident_id", "id"], unique=False)
    op.create_table(
        "countermeasures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("asset", sa.String(length=63), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("proposed_us", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.String(length=128), nullable=False),
        sa.Column("approved_us", sa.BigInteger(), nullable=True),
        sa.Column("active_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("review_us", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("countermeasures_of_incident", "countermeasures", ["incident_id", "id"], unique=False)
    op.create_index("countermeasures_to_review", "countermeasures", ["state", "review_us", "id"], unique=False)
    op.create_table(
        "incident_merges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.String(length=16), nullable=False),
        sa.Column("target_id", sa.String(length=16), nullable=False),
        sa.Column("linked_us", sa.BigInteger(), nullable=False),
        sa.Column("linked_by", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("revisions", sa.JSON(), nullable=False),
        sa.Column("unlinked_us", sa.BigInteger(), nullable=True),
        sa.Column("unlinked_by", sa.String(length=128), nullable=True),
        sa.Column("unlink_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["incidents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "merged_into_one",
        "incident_merges",
        ["source_id"],
        unique=True,
        sqlite_where=sa.text("unlinked_us IS NULL"),
        postgresql_where=sa.text("unlinked_us IS NULL"),
    )
    op.create_index("merges_of_target", "incident_merges", ["target_id", "id"], unique=False)
    op.create_table(
        "observables",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("value", sa.String(length=2048), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("tlp", sa.String(length=16), nullable=False),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("dismissed_us", sa.BigInteger(), nullable=True),
        sa.Column("dismissed_by", sa.String(length=128), nullable=True),
        sa.Column("dismissed_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dismissed_by"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "digest"),
    )
    op.create_index("observables_by_value", "observables", ["digest", "incident_id"], unique=False)
    op.create_index("observables_in_order", "observables", ["incident_id", "id"], unique=False)
    op.create_table(
        "observables_left_out",
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.PrimaryKeyConstraint("incident_id"),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("assignee", sa.String(length=128), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("told_due_us", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incidents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("tasks_due", "tasks", ["state", "due_us", "id"], unique=False)
    op.create_index("tasks_of_assignee", "tasks", ["assignee", "state", "due_us", "id"], unique=False)
    op.create_index("tasks_of_incident", "tasks", ["incident_id", "state", "id"], unique=False)
    op.create_table(
        "work_transitions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.String(length=16), nullable=False),
        sa.Column("machine", sa.String(length=16), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
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
        sa.UniqueConstraint("machine", "object_id", "version"),
    )
    op.create_index("work_transitions_of_incident", "work_transitions", ["incident_id", "id"], unique=False)
    op.create_table(
        "observable_sightings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("observable_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=160), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["observable_id"],
            ["observables.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("observable_id", "reference"),
    )
    op.add_column("incidents", sa.Column("ordinal", sa.BigInteger(), nullable=False, server_default="0"))
    _number()
    op.create_index("incidents_in_order", "incidents", ["ordinal"], unique=True)
    op.create_index("merged_incidents", "incidents", ["merged_into"], unique=False)


def _number() -> None:
    """What `SC-2026-0001` says, as one number that sorts."""
    incidents = sa.table("incidents", sa.column("id"), sa.column("ordinal"))
    connection = op.get_bind()
    for (name,) in connection.execute(sa.select(incidents.c.id)).all():
        _, year, number = name.split("-")
        connection.execute(sa.update(incidents).where(incidents.c.id == name).values(ordinal=int(year) * 10**8 + int(number)))


def downgrade() -> None:
    """Back."""
    op.drop_index("merged_incidents", table_name="incidents")
    op.drop_index("incidents_in_order", table_name="incidents")
    op.drop_column("incidents", "ordinal")
    op.drop_table("observable_sightings")
    op.drop_index("work_transitions_of_incident", table_name="work_transitions")
    op.drop_table("work_transitions")
    op.drop_index("tasks_of_incident", table_name="tasks")
    op.drop_index("tasks_of_assignee", table_name="tasks")
    op.drop_index("tasks_due", table_name="tasks")
    op.drop_table("tasks")
    op.drop_table("observables_left_out")
    op.drop_index("observables_in_order", table_name="observables")
    op.drop_index("observables_by_value", table_name="observables")
    op.drop_table("observables")
    op.drop_index("merges_of_target", table_name="incident_merges")
    op.drop_index("merged_into_one", table_name="incident_merges")
    op.drop_table("incident_merges")
    op.drop_index("countermeasures_to_review", table_name="countermeasures")
    op.drop_index("countermeasures_of_incident", table_name="countermeasures")
    op.drop_table("countermeasures")
    op.drop_index("comments_of_incident", table_name="comments")
    op.drop_index("comments_of_group", table_name="comments")
    op.drop_table("comments")
    op.drop_table("incident_bulks")
