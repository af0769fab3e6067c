"""The board as HTML, by Jinja2: one answer without script, its styles under the nonce of the answer. It fetches nothing."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from incident_api.board import words
from incident_api.board.facts import Board
from incident_api.coordination.organisation import Text
from incident_api.reports.printable import printable
from khien.clock import CITY_ZONE, MICROSECONDS
from khien.language import Language

_TEMPLATE = Path(__file__).with_name("template.html")
_WORDS = SimpleNamespace(**{name: value.model_dump() for name, value in vars(words).items() if isinstance(value, Text)})
#: The rest is counted, not listed: more cannot be read from four metres.
_MOST_LAMPS = 6
_MINUTE_US = 60 * MICROSECONDS


def render(board: Board | None, *, language: Language, nonce: str, still: bool = False) -> str:
    """The whole page; None: it says why there is no board. `still`: it does not reload by itself (WCAG 2.2.1, 2.2.2)."""
    return _template().render(
        board=None if board is None else _plain(board),
        follows={} if board is None else {each.seat: each.model_dump() for each in board.following},
        language=language,
        nonce=nonce,
        still=still,
        w=_WORDS,
        levels={name: text.model_dump() for name, text in words.LEVELS.items()},
        shapes=words.LEVEL_SHAPES,
        lamps={name: text.model_dump() for name, text in words.LAMPS.items()},
        lamp_shapes=words.LAMP_SHAPES,
        most_lamps=_MOST_LAMPS,
    )


def _plain(board: Board) -> SimpleNamespace:
    """As values that a template reads by name and language."""
    deadlines = board.deadlines
    return SimpleNamespace(
        at_us=board.at_us,
        city=board.city.model_dump(),
        severities=board.severities,
        deadlines=None
        if deadlines is None
        else SimpleNamespace(
            broken=deadlines.broken,
            waiting=deadlines.waiting,
            listed=[
                SimpleNamespace(incident=each.incident, code=each.code, to=each.to.model_dump(), due_us=each.due_us)
                for each in deadlines.listed
            ],
        ),
        duty=[each.model_dump() for each in board.duty],
        lamps=None
        if board.lamps is None
        else [SimpleNamespace(light=each.light, text=each.text.model_dump()) for each in board.lamps],
    )


@cache
def _template() -> Template:
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"printable": printable, "moment": _moment, "hour": _hour, "left": _left}
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _local(at_us: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_us / MICROSECONDS, tz=CITY_ZONE)


def _moment(at_us: int) -> str:
    return f"{_local(at_us):%H:%M:%S %d/%m/%Y}"


def _hour(at_us: int) -> str:
    return f"{_local(at_us):%H:%M %d/%m}"


def _left(span_us: int, language: Language) -> str:
    """How long until, or since, in the two largest units."""
    minutes = abs(span_us) // _MINUTE_US
    hours, rest = divmod(minutes, 60)
    days, hours_of_day = divmod(hours, 24)
    vietnamese = language == "vi"
    if days:
        size = f"{days} ngày {hours_of_day} giờ" if vietnamese else f"{days} d {hours_of_day} h"
    elif hours:
        size = f"{hours} giờ {rest} phút" if vietnamese else f"{hours} h {rest} min"
    else:
        size = f"{rest} phút" if vietnamese else f"{rest} min"
    if span_us < 0:
        return f"trễ {size}" if vietnamese else f"{size} late"
    return f"còn {size}" if vietnamese else f"{size} left"
