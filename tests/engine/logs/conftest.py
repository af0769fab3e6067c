"""Where the test data is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def logs_data() -> Path:
    found = Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data")) / "logs"
    if not found.is_dir():
        pytest.skip(f"no test data at {found}; set KHIEN_TEST_DATA")
    return found
