"""Label groups with their techniques, and keep the views that people save."""

from __future__ import annotations

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TECHNIQUE = re.compile(r"attack\.t\d{4}(\.\d{3})?")
_CHUNK = 1_000


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=1200), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "name", name="one_view_of_a_name"),
    )
    connection = op.get_bind()
    groups = sa.table("triage_groups", sa.column("id", sa.String), sa.column("tags", sa.JSON))
    labels = sa.table("group_labels", sa.column("group_id"), sa.column("kind"), sa.column("value"))
    fresh: list[dict[str, str]] = []
    for group_id, tags in connection.execute(sa.select(groups.c.id, groups.c.tags)).all():
        names = json.loads(tags) if isinstance(tags, str) else tags
        techniques = {tag.removeprefix("attack.").upper() for tag in names if _TECHNIQUE.fullmatch(tag)}
        fresh += [{"group_id": group_id, "kind": "technique", "value": each} for each in sorted(techniques)]
    for place in range(0, len(fresh), _CHUNK):
        connection.execute(labels.insert(), fresh[place : place + _CHUNK])


def downgrade() -> None:
    """Back."""
    op.execute("DELETE FROM group_labels WHERE kind = 'technique'")
    op.drop_table("saved_views")
