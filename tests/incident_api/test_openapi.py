"""The committed OpenAPI document is what the code says, and it is whole."""

from __future__ import annotations

import json

from incident_api.openapi import DOCUMENT, document


def test_the_committed_document_is_the_generated_one() -> None:
    """`python -m incident_api.openapi` writes it."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_no_two_shapes_share_a_name() -> None:
    """FastAPI then calls both by their module's path, and every type of the page and of the client changes its name."""
    named = json.loads(DOCUMENT.read_text(encoding="utf-8"))["components"]["schemas"]
    clashes = {name.rsplit("__", 1)[1] for name in named if "__" in name}
    # The state machines each call their states `State`; the page reads them by their own operations.
    assert clashes <= {"State"}
