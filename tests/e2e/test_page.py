"""The page's Playwright tests (`tests/e2e/*.spec.ts`) as one test of the suite: a real Chromium against the real server."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import unavailable

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_the_page_passes_its_tests_in_a_real_browser() -> None:
    chromium = os.environ.get("KHIEN_CHROMIUM", "/usr/bin/chromium")
    if shutil.which(chromium) is None:
        unavailable("browser", f"there is no `{chromium}` (apt-get install chromium, or KHIEN_CHROMIUM)")
    if not (WEB / "node_modules").is_dir() or not (WEB / "dist").is_dir():
        unavailable("browser", "the page is not built (make install)")
    ran = subprocess.run(["npm", "run", "--silent", "e2e"], cwd=WEB, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
