"""The hit counters: what each entry took away, read beside the running correlator without touching its files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import apsw

from khien.errors import KhienError
from khien.home import Home

#: The name of an entry's counter among the correlator's counts.
EXCEPTED = "excepted."
SUPPRESSED = "suppressed.db"


def hits_by_entry(home: Home) -> Counter[str]:
    """Of each exception the events, of each suppression the alerts that it took away."""
    found: Counter[str] = Counter()
    excepted = "select name, sum(count) from counts where name glob 'excepted.*' group by name"
    for name, count in _rows(home.correlator / "checkpoint.db", excepted):
        found[name.removeprefix(EXCEPTED)] += count
    folded = "select entry, count(*) from part where alert_id != head_id group by entry"
    for entry, count in _rows(home.tuning / SUPPRESSED, folded):
        found[entry] += count
    return found


def _rows(path: Path, query: str) -> list[tuple[str, int]]:
    if not path.is_file():
        return []
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return [(str(name), int(count)) for name, count in connection.execute(query)]
        finally:
            connection.close()
    except apsw.Error as error:
        raise KhienError("correlation.state_unreadable", path=str(path), reason=str(error)) from error
