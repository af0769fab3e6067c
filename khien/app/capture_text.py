"""How a summary of a capture is written for a terminal: sections, tables, numbers and names in the person's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from khien.app.alert_table import inert
from khien.clock import CITY_ZONE
from khien.language import Language, say

_KILO = 1_024
_MINUTE = 60
_LONGEST_NAME = 60
_ROOMY = 100


class CaptureText:
    """A console and a language; everything from the wire passes `text`, which makes it inert."""

    def __init__(self, console: Console, language: Language) -> None:
        self.console = console
        self.language = language
        #: Whether times of day need their day.
        self.has_days = False

    @property
    def has_room(self) -> bool:
        """Whether tables can have a column for the time beside what they tell."""
        return self.console.width >= _ROOMY

    def say(self, key: str, **values: str | float) -> str:
        """A sentence, its values made inert."""
        safe = {name: escape(inert(value)) if isinstance(value, str) else value for name, value in values.items()}
        return say(key, self.language, **safe)

    def line(self, text: str) -> None:
        """A line that the terminal may break, and nothing else: what is copied stays whole."""
        self.console.print(text, soft_wrap=True)

    def title(self, key: str, **values: str | float) -> None:
        """The heading of a section."""
        self.line(f"\n[bold]{self.say(key, **values)}[/]")

    def section(self, title: str, table: Table, **values: str | float) -> None:
        """A heading and its table; nothing when the table is empty."""
        if table.row_count:
            self.title(title, **values)
            self.console.print(table)

    def more(self, left: int, *, is_exact: bool = True) -> None:
        """How many rows are not shown; and that counts are lower bounds where not all could be kept."""
        if left > 0:
            self.line(f"[dim] {self.say('read.more' if is_exact else 'read.more_at_least', count=left)}[/]")
        if not is_exact:
            self.line(f"[dim] {self.say('read.at_least')}[/]")

    def table(self, *columns: str, numbers: int) -> Table:
        """A table whose last `numbers` columns are right-aligned and never broken."""
        table = Table(box=None, pad_edge=True, header_style="dim", expand=False)
        for place, column in enumerate(columns):
            is_number = place >= len(columns) - numbers
            table.add_column(
                self.say(column),
                justify="right" if is_number else "left",
                overflow="fold",
                no_wrap=is_number or column == "column.first",
            )
        return table

    def text(self, value: str, *, most: int = _LONGEST_NAME) -> str:
        """A name from the wire: inert, and cut."""
        shown = inert(value)
        return escape(shown if len(shown) <= most else f"{shown[: most - 1]}…")

    def texts(self, values: Iterable[str], *, has_more: bool = False, most: int = _LONGEST_NAME) -> str:
        """A few names; an ellipsis for those that were not kept."""
        shown = [self.text(value, most=most) for value in values]
        return ", ".join([*shown, "…"] if has_more else shown)

    def number(self, value: int) -> str:
        """Grouped as the language does."""
        return say("read.number", self.language, value=value)

    def count(self, noun: str, value: int) -> str:
        """`1 flow`, `2 flows`."""
        return say(f"count.{noun}.{'one' if value == 1 else 'many'}", self.language, count=value)

    def counts(self, counts: Mapping[str, int]) -> str:
        """`name 12, other 3`, most first."""
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return ", ".join(f"{name} {self.number(count)}" for name, count in ordered)

    def size(self, value: int) -> str:
        """In words: 1,234 B · 12.3 KiB · 4.5 MiB."""
        if value < 10 * _KILO:
            return f"{self.number(value)} B"
        size, unit = value / _KILO, "KiB"
        for larger in ("MiB", "GiB", "TiB"):
            if size < _KILO:
                break
            size, unit = size / _KILO, larger
        return f"{self._decimal(size)} {unit}"

    def moment(self, time: str) -> str:
        """The city's time of day of an event; a long capture adds the day."""
        try:
            moment = dt.datetime.fromisoformat(time).astimezone(CITY_ZONE)
        except (ValueError, OverflowError):
            return "–"
        return f"{moment:%d/%m %H:%M:%S}" if self.has_days else f"{moment:%H:%M:%S}"

    def duration(self, seconds: float) -> str:
        """`12.3 s`, or hours, minutes and seconds."""
        if seconds < 2 * _MINUTE:
            return f"{self._decimal(seconds)} s"
        minutes, rest = divmod(round(seconds), _MINUTE)
        hours, minutes = divmod(minutes, _MINUTE)
        return say("read.hours" if hours else "read.minutes", self.language, hours=hours, minutes=minutes, seconds=rest)

    def _decimal(self, value: float) -> str:
        text = f"{value:,.1f}"
        return text.translate(str.maketrans(",.", ".,")) if self.language == "vi" else text
