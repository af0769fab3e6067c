"""EVE, Suricata's JSON output (the form of 9.0), as a view of our events.

`eve(event)` turns one decoded event into one EVE object, or `None` where EVE has no such record; `eve_lines(lines)` does it
for a batch as the engine gives it. One small module a protocol in `khien.eve.protocol`, found by its being there and
registered by `event.dataset`; a dataset without one is passed through when its object keeps EVE's names. What differs from
ECS everywhere (addresses in full, sender as source, times, protocol names) is in `khien.eve.head`. Why it is a view: ADR 0009.
"""

from khien.eve.registry import Options
from khien.eve.view import eve, eve_lines, eve_records

__all__ = ["Options", "eve", "eve_lines", "eve_records"]
