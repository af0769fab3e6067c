"""The OpenAPI document, as a file that the page's types are made from: `python -m incident_api.openapi [FILE]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from incident_api.application import create_application

#: Committed beside this module; a test regenerates and compares it.
DOCUMENT = Path(__file__).with_name("openapi.json")


def document() -> str:
    """The document as stable, readable JSON."""
    return json.dumps(create_application(None).openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Write it."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENT
    target.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
