"""What the correlator will never take: kept raw in `undeliverable.jsonl`, counted by reason, and told as a gap.

The numbers of such events stay taken, so the stream goes on without a hole behind a gap of their exact range.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from khien.errors import KhienError
from khien.ids import Dataset
from sensor.cursor import Mark
from sensor.reader import Item, split_lines
from sensor.recovery import Notice
from sensor.rejects import Reject, RejectFile

#: What every sensor may deliver into; a gap in a refused dataset would be refused like its events.
LIVE = Dataset("live")


class Undeliverable:
    """The reject file of delivery with its counts; an event whose gap must be sent again is kept and counted once."""

    def __init__(self, rejects: RejectFile, *, notice: Notice) -> None:
        #: Events by reason.
        self.counts: dict[str, int] = {}
        self._rejects = rejects
        self._notice = notice
        self._kept = Mark(0, 0)
        self._told: set[str] = set()

    def refused(self, item: Item, error: KhienError) -> bytes:
        """Keep the one event that the correlator cannot take; returns the body of its gap."""
        reason = "too_large" if error.code.endswith("too_large") else "refused"
        if self._keep(item, [item.body], reason=reason):
            self._notice("delivery_reject", {"place": _place(item.epoch, item.first_seq), "reason": reason, "error": str(error)})
        return orjson.dumps({"class": item.priority.name.lower(), "reason": reason})

    def of_dataset(self, item: Item, error: KhienError) -> tuple[str, bytes]:
        """Keep the events of a dataset that is refused; returns the dataset and the body of the gap in their place."""
        self._keep(item, split_lines(item.body), reason="dataset_forbidden")
        if item.dataset not in self._told:
            self._told.add(item.dataset)
            self._notice("delivery_dataset_set_aside", {"code": error.code, "error": str(error), "hint": error.hint()})
        return LIVE, orjson.dumps({"class": item.priority.name.lower(), "reason": "dataset_forbidden"})

    def _keep(self, item: Item, lines: Iterable[bytes], *, reason: str) -> bool:
        """Write what was not kept yet; whether anything was."""
        fresh = [(seq, line) for seq, line in enumerate(lines, start=item.first_seq) if Mark(item.epoch, seq) > self._kept]
        for seq, line in fresh:
            self._rejects.add(Reject("delivery", _place(item.epoch, seq), reason, line))
            self._kept = Mark(item.epoch, seq)
        if fresh:
            self._rejects.sync()
            self.counts[reason] = self.counts.get(reason, 0) + len(fresh)
        return bool(fresh)


def _place(epoch: int, seq: int) -> str:
    return f"epoch {epoch} seq {seq}"
