"""Know the rules in force, and that components live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "component_conditions",
        sa.Column("component", sa.String(length=63), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("component"),
    )
    op.create_table(
        "rule_catalogues",
        sa.Column("component", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("packs", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("component"),
    )
    op.create_table(
        "rule_files",
        sa.Column("component", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("pack", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=1000), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("cases", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("component", "number"),
    )
    op.create_table(
        "rules_in_force",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("component", sa.String(length=63), nullable=False),
        sa.Column("rule_id", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=True),
        sa.Column("title_vi", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("techniques", sa.JSON(), nullable=False),
        sa.Column("log_source", sa.Text(), nullable=False),
        sa.Column("pack", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(length=1200), nullable=False),
        sa.Column("file", sa.Integer(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rules_in_force", schema=None) as batch_op:
        batch_op.create_index("rules_by_rule_id", ["rule_id"], unique=False)
        batch_op.create_index("rules_of_component", ["component", "state"], unique=False)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("rules_in_force", schema=None) as batch_op:
        batch_op.drop_index("rules_of_component")
        batch_op.drop_index("rules_by_rule_id")

    op.drop_table("rules_in_force")
    op.drop_table("rule_files")
    op.drop_table("rule_catalogues")
    op.drop_table("component_conditions")
