"""The hourly checkpoint: what is new is walked, the tree grows, the root is signed, stored and copied outside.

A chain that does not hold is never signed: the job fails with the record's number, and health shows it.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from incident_api.audit import reading
from incident_api.audit.chain import GENESIS, fault_of
from incident_api.audit.checkpoints import Checkpoint, parsed, signed
from incident_api.audit.copies import copy_to_elasticsearch, copy_to_folder
from incident_api.audit.merkle import Tree
from incident_api.audit.models import AuditCheckpoint
from incident_api.audit.signing_key import signing_key
from incident_api.runtime import Runtime
from khien.errors import KhienError
from khien.store.elasticsearch.gateway import Gateway

#: Elasticsearch is asked about the newest only: a copy is never taken back there.
_ASKED = 48


def run(runtime: Runtime, now_us: int) -> str:
    """The job: a checkpoint when there is something new, and the copies that are missing."""
    made = make_checkpoint(runtime, now_us=now_us)
    said = f"checkpoint {made.number} over {made.size} records" if made else "nothing new"
    copied = copy_outside(runtime)
    return f"{said}; {copied}" if copied else said


def make_checkpoint(runtime: Runtime, *, now_us: int) -> Checkpoint | None:
    """Sign what is there now; None when nothing is new. Raises `audit.broken`, `audit.key_*`."""
    last = _last(runtime)
    before, tree = (parsed(last.document), Tree(_peaks(last))) if last is not None else (None, Tree())
    if last is not None and (before is None or not before.holds or (before.size, before.root) != (tree.size, tree.root)):
        raise KhienError("audit.broken", record=last.size, fault="root_differs")
    head = _grow(runtime, tree, head=before.head if before else GENESIS)
    if tree.size == (before.size if before else 0):
        return None
    key = signing_key(runtime.settings.home)
    made = signed(key, city=runtime.settings.city, size=tree.size, root=tree.root, head=head, at_us=now_us, before=before)
    with runtime.database.write() as session:
        newest = session.scalar(select(AuditCheckpoint.number).order_by(AuditCheckpoint.number.desc()).limit(1)) or 0
        if newest != made.number - 1:
            # Another process made it meanwhile.
            return None
        session.add(
            AuditCheckpoint(
                number=made.number, size=made.size, at_us=now_us, document=made.model_dump(), peaks=[[*each] for each in tree.peaks]
            )
        )
    return made


def copy_outside(runtime: Runtime) -> str:
    """Bring the folder and Elasticsearch up to date. Raises `audit.copy_*`."""
    settings = runtime.settings
    if settings.audit_copy is None and settings.elasticsearch_url is None:
        return ""
    with runtime.database.engine.connect() as connection:
        stored = reading.checkpoints(connection).good
    told = []
    if settings.audit_copy is not None:
        told.append(f"{copy_to_folder(Path(settings.audit_copy), stored)} copied to the folder")
    if settings.elasticsearch_url is not None:
        gateway = Gateway.connect(settings.elasticsearch_url)
        try:
            told.append(f"{copy_to_elasticsearch(gateway, stored[-_ASKED:])} copied to Elasticsearch")
        finally:
            gateway.close()
    return ", ".join(told)


def _last(runtime: Runtime) -> AuditCheckpoint | None:
    with runtime.database.read() as session:
        return session.scalar(select(AuditCheckpoint).order_by(AuditCheckpoint.number.desc()).limit(1))


def _peaks(row: AuditCheckpoint) -> list[tuple[int, str]]:
    return [(int(leaves), str(digest)) for leaves, digest in row.peaks]


def _grow(runtime: Runtime, tree: Tree, *, head: str) -> str:
    """Walk the records behind the tree and add them; gives the end of the chain, which must be the one that the store names."""
    with runtime.database.engine.connect() as connection:
        ends = reading.head(connection)
        with closing(reading.records(connection, after=tree.size, until=ends[0] if ends else None)) as found:
            for record in found:
                number = tree.size + 1
                if record is None:
                    raise KhienError("audit.broken", record=number, fault="unreadable")
                fault = fault_of(*record, number=number, previous=head)
                if fault is not None:
                    raise KhienError("audit.broken", record=number, fault=fault)
                head = record[1]
                tree.append(head)
    if ends is not None and ends != (tree.size, head):
        raise KhienError("audit.broken", record=tree.size + 1, fault="tail_missing")
    return head
