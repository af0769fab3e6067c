"""A spool as a sensor without a correlator leaves it behind: recorded files read to their end, nothing delivered."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from khien.clock import SystemClock
from sensor.feeder import Feeder
from sensor.ledger import Ledger
from sensor.rejects import RejectFile
from sensor.sources.recorded import Recorded, RecordedLog
from sensor.spool import Spool
from tests.sensor.plain_lines import PlainParser


def fill_spool(folder: Path, *files: Path) -> None:
    """Read the files into the spool; each call makes a segment of its own."""
    folder.mkdir(exist_ok=True)
    spool = Spool(folder / "spool", sensor="gateway", dataset="live", notice=lambda _event, _fields: None)
    ledger = Ledger.decode(spool.state)
    sources = [Recorded(RecordedLog(path, path.name, partial(PlainParser, path.name)), name=path.name, path=path) for path in files]
    rejects = RejectFile(folder / "rejected.jsonl", size=ledger.rejects_bytes)
    feeder = Feeder(
        spool=spool, rejects=rejects, ledger=ledger, sources=sources, clock=SystemClock(), notice=lambda _event, _fields: None
    )
    feeder.announce()
    thread = threading.Thread(target=feeder.run)
    thread.start()
    for source in sources:
        source.open()
        source.run(position=ledger.account(source.name).position, hand=feeder.hand, stop=threading.Event())
    feeder.end()
    thread.join()
    spool.close()
    rejects.close()


def segments(folder: Path) -> list[Path]:
    """The spool's segments, oldest first."""
    return sorted((folder / "spool").glob("*.seg"))
