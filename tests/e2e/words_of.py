"""`python -m tests.e2e.words_of FILE`: the words of a downloaded report (DOCX or PDF) as a person reads them, on one line."""

from __future__ import annotations

import sys
from pathlib import Path

from docx import Document
from pypdf import PdfReader


def words_of(path: Path) -> str:
    """Paragraphs and cells, or the text of the pages."""
    if path.suffix == ".pdf":
        parts = [page.extract_text() for page in PdfReader(path).pages]
    else:
        document = Document(str(path))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        parts = [*(each.text for each in document.paragraphs), *cells]
    return " ".join(" ".join(parts).split())


if __name__ == "__main__":
    sys.stdout.write(words_of(Path(sys.argv[1])))
