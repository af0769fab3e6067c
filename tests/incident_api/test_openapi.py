"""The committed OpenAPI document is what the code says, and it is whole."""

from __future__ import annotations

from incident_api.openapi import DOCUMENT, document


def test_the_committed_document_is_the_generated_one() -> None:
    """`python -m incident_api.openapi` writes it."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()
