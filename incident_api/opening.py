"""Puts the parts of the incident API together: store migrated, organisation read, policy in force."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination import service as coordination
from incident_api.database import ChainHead, Database, reason_of
from incident_api.duty.importing import take_over_file
from incident_api.notifications.settings import NotificationSettings
from incident_api.organisation import contacts
from incident_api.organisation import versions as organisation
from incident_api.people import service as people
from incident_api.runtime import EventReader, Runtime
from incident_api.settings import IncidentApiSettings
from incident_api.stream import service as stream
from incident_api.stream.bus import Bus
from khien.clock import Clock
from khien.errors import KhienError

_log = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(database: Database) -> None:
    """Bring the tables to the newest version."""
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")


@contextmanager
def opened(settings: IncidentApiSettings, *, clock: Clock, events: EventReader | None = None) -> Iterator[Runtime]:
    """Everything but the listeners. Raises `database.*` or `policy.*` when there is nothing to work with."""
    notifications = NotificationSettings.load(settings.home.root)
    database = Database(settings.url)
    try:
        try:
            migrate(database)
        except OperationalError as error:
            raise KhienError("database.unreachable", reason=reason_of(error)) from error
        with database.write() as session:
            _first_heads(session)
        city = organisation.at_start(database, settings.organisation_folder, now_us=clock.now_us(), keep=settings.stream_rows)
        runtime = Runtime(
            settings=settings,
            clock=clock,
            database=database,
            organisation=city.organisation,
            organisation_number=city.number,
            bus=Bus(),
            events=events,
            notifications=notifications,
        )
        _prepare(runtime)
        database.on_commit(runtime.bus.wake)
        yield runtime
    finally:
        database.close()


def _prepare(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        people.synchronise(session, runtime.organisation, at_us=runtime.clock.now_us())
    refused = coordination.load(runtime, runtime.settings.policy_folder)
    try:
        _policy = runtime.policy
    except KhienError:
        # Without any policy nobody can be made responsible: do not start, and say what is wrong with the one on disk.
        raise refused or KhienError("policy.none_in_force", reason="–") from None
    missing = contacts.unreached(runtime.organisation, runtime.policy.policy, at_us=runtime.clock.now_us())
    if missing:
        _log.warning("nobody answers for these recipients of the coordination rules: %s", ", ".join(missing))
    take_over_file(runtime)


def _first_heads(session: Session) -> None:
    for head in (audit.first_head(), stream.first_head()):
        if session.get(ChainHead, head.name) is None:
            session.add(head)
    session.flush()
