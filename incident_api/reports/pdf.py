"""A report as PDF: the JSON twin through one HTML template, by WeasyPrint. Nothing is fetched while printing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from incident_api.coordination.organisation import Text
from incident_api.reports import words
from incident_api.reports.docx import footer
from incident_api.reports.printable import printable
from khien.errors import KhienError
from khien.language import Language

_TEMPLATE = Path(__file__).with_name("template.html")
_WORDS = SimpleNamespace(**{name: value.model_dump() for name, value in vars(words).items() if isinstance(value, Text)})


def render(report: dict[str, Any], language: Language) -> bytes:
    """The whole file. Raises `report.no_printer` where Pango is not installed."""
    try:
        # Loads Pango, a library of the system: only a server that prints needs it.
        from weasyprint import HTML  # noqa: PLC0415
    except OSError as error:
        raise KhienError("report.no_printer", reason=str(error).splitlines()[0]) from error
    printed: bytes = HTML(string=page(report, language), url_fetcher=_refuse).write_pdf(pdf_identifier=report["sha256"].encode())
    return printed


def page(report: dict[str, Any], language: Language) -> str:
    """The HTML that is printed."""
    left_out = [(words.MISSING.model_dump(), report["missing"]), (words.WITHHELD.model_dump(), report["withheld"])]
    return _template().render(report=report, language=language, words=_WORDS, left_out=left_out, footer=footer(report, language))


@cache
def _template() -> Template:
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"printable": printable, "css": _css}
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _css(text: str) -> str:
    """Inside a string of CSS: what could end it or the style sheet is written as an escape (CSS Syntax 3, section 4.3.7)."""
    return "".join(each if each.isalnum() or each in " .:/-" else f"\\{ord(each):x} " for each in printable(text))


def _refuse(url: str, *_given: Any, **_named: Any) -> dict[str, Any]:
    raise KhienError("report.fetch_refused", url=url[:200])
