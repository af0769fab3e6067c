"""A report as DOCX (ISO/IEC 29500): what people go on writing in and sign. The layout is that of Decree 30/2020, Appendix I.

Made from the JSON twin alone. The same twin gives the same bytes: times inside the archive are those of the report.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from incident_api.reports import words
from incident_api.reports.printable import printable
from khien.clock import MICROSECONDS
from khien.language import Language

_FONT = "Times New Roman"
_SIZE = Pt(13)
#: The first time that a ZIP archive can hold.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def render(report: dict[str, Any], language: Language) -> bytes:
    """The whole file."""
    document = Document()
    _page(document, report, language)
    _heading(document, report, language)
    _centred(document, report["title"][language], bold=True)
    _centred(document, report["subject"][language], bold=True)
    if report["is_exercise"]:
        _centred(document, words.EXERCISE.model_dump()[language], bold=True)
    name = report["recipient"]["name"][language]
    _centred(document, f"{_word(words.TO, language)}: {name}")
    document.add_paragraph().add_run(printable(report["basis"][language])).italic = True
    for number, section in enumerate(report["sections"], start=1):
        _bold(document.add_paragraph(), f"{number}. {section['text'][language]}")
        for fact in section["facts"]:
            _fact(document, fact, language)
    _left_out(document, report, language)
    _signature(document, report, language)
    return _same_bytes(document)


def _page(document: DocumentObject, report: dict[str, Any], language: Language) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, _SIZE
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    for section in document.sections:
        # Decree 30/2020: A4, 20 to 25 mm above and below, 30 to 35 mm left, 15 to 20 mm right.
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.top_margin = section.bottom_margin = Cm(2)
        section.left_margin, section.right_margin = Cm(3), Cm(2)
        section.footer.paragraphs[0].text = printable(footer(report, language))
        section.footer.paragraphs[0].runs[0].font.size = Pt(9)
    properties = document.core_properties
    made = dt.datetime.fromtimestamp(report["made_us"] / MICROSECONDS, tz=dt.UTC).replace(tzinfo=None)
    properties.created = properties.modified = made
    properties.author = properties.last_modified_by = "Khiên"
    properties.title = printable(f"{report['title'][language]} {report['incident']}")
    properties.language = language


def _heading(document: DocumentObject, report: dict[str, Any], language: Language) -> None:
    heading = report["heading"]
    table = document.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    left.width, right.width = Cm(7), Cm(9.5)
    _lines(left, [(heading["superior"][language], False), (heading["issuer"][language], True)])
    number = f"{_word(words.NUMBER, language)}: ……/{heading['symbol']}"
    _lines(left, [(number, False)], first=False)
    _lines(right, [(heading["nation"][language], True), (heading["motto"][language], True), (report["date"][language], False)])
    document.add_paragraph()


def _lines(cell: _Cell, lines: list[tuple[str, bool]], *, first: bool = True) -> None:
    for place, (line, bold) in enumerate(lines):
        paragraph = cell.paragraphs[0] if first and place == 0 else cell.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(printable(line))
        run.bold, run.font.size = bold, Pt(11.5)


def _fact(document: DocumentObject, fact: dict[str, Any], language: Language) -> None:
    label, lines = fact["label"][language], [line[language] for line in fact["lines"]]
    paragraph = document.add_paragraph()
    _bold(paragraph, f"{label}: ")
    if len(lines) == 1:
        paragraph.add_run(printable(lines[0]))
    for line in lines if len(lines) > 1 else ():
        document.add_paragraph(printable(line), style="List Bullet")
    if not fact["rows"]:
        return
    table = document.add_table(rows=1, cols=len(fact["heads"]), style="Table Grid")
    for cell, head in zip(table.rows[0].cells, fact["heads"], strict=True):
        _bold(cell.paragraphs[0], head[language])
    _repeat(table)
    for row in fact["rows"]:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.paragraphs[0].add_run(printable(value[language])).font.size = Pt(11)


def _left_out(document: DocumentObject, report: dict[str, Any], language: Language) -> None:
    """What nobody knows yet and what this recipient does not get: said, never left blank."""
    for title, entries in ((words.MISSING, report["missing"]), (words.WITHHELD, report["withheld"])):
        if entries:
            _bold(document.add_paragraph(), _word(title, language))
            for each in entries:
                why = f" ({each['why']})" if "why" in each else ""
                document.add_paragraph(printable(f"{each['label'][language]}{why}"), style="List Bullet")


def _signature(document: DocumentObject, report: dict[str, Any], language: Language) -> None:
    heading = report["heading"]
    document.add_paragraph()
    left, right = document.add_table(rows=1, cols=2).rows[0].cells
    left.paragraphs[0].add_run(f"{_word(words.CC, language)}:").bold = True
    for line in (report["recipient"]["name"][language], heading["archive"][language]):
        left.add_paragraph(printable(f"- {line}"))
    _lines(right, [(heading["signer"][language], True), (_word(words.SIGNED, language), False)])


def footer(report: dict[str, Any], language: Language) -> str:
    """The marking, the case, the rules and the hash of the twin, on every page."""
    marks = f"TLP:{report['tlp']} · {report['incident']} · {_word(words.POLICY, language)} {report['policy']}"
    return f"{marks} · SHA-256 {report['sha256'][:16]} · {_word(words.DRAFT, language)}"


def _centred(document: DocumentObject, text: str, *, bold: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(printable(text)).bold = bold


def _bold(paragraph: Paragraph, text: str) -> None:
    paragraph.add_run(printable(text)).bold = True


def _word(text: Any, language: Language) -> str:
    found: str = text.model_dump()[language]
    return found


def _repeat(table: Table) -> None:
    """A table over several pages shows its heads on each; the library has no word for it, so the element is written here."""
    properties = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001 - the way its own guide shows
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    properties.append(mark)


def _same_bytes(document: DocumentObject) -> bytes:
    """Without the times at which this process wrote the archive."""
    raw, clean = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in sorted(source.infolist(), key=lambda each: (each.filename != "[Content_Types].xml", each.filename)):
            target.writestr(zipfile.ZipInfo(entry.filename, _ZIP_TIME), source.read(entry), zipfile.ZIP_DEFLATED)
    return clean.getvalue()
