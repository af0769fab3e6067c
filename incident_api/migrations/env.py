"""Alembic's entry: runs on the connection that `incident_api.opening.migrate` hands over."""

from __future__ import annotations

from alembic import context

from incident_api.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
