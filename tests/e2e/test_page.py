"""Runs the page's end-to-end tests (TypeScript, Playwright) in a real Chromium against the real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
CHROMIUM = os.environ.get("KHIEN_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session", autouse=True)
def _page() -> None:
    """A browser and a built page, before any server is started for them."""
    if shutil.which(CHROMIUM) is None:
        _missing("browser", f"no Chromium at {CHROMIUM}: `apt-get install chromium`, or set KHIEN_CHROMIUM")
    if not (WEB / "dist" / "index.html").is_file():
        _missing("browser", "the page is not built: `make install`")


def _run(*specs: str, server: dict[str, str] | None = None) -> None:
    """Without a server the specs start one of their own, because they change what others count."""
    # Playwright empties its folder first: two runs side by side need one each.
    folder, files = f"../build/e2e/{specs[0]}", [f"/{spec}.spec.ts" for spec in specs]
    command = ["npm", "run", "--silent", "e2e", "--", "--output", folder, *files]
    environment = os.environ | (server or {})
    found = subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def _missing(name: str, reason: str) -> None:
    if name in os.environ.get("KHIEN_REQUIRE", "").split(","):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_person_logs_in_and_triages_without_a_mouse() -> None:
    _run("log-in", "triage", "queue", "life")


@pytest.mark.browser
@pytest.mark.xdist_group("page")
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "area", ["profile", "audit", "administration", "incident", "case", "duty", "coordination", "help", "rules"]
)
def test_an_area_of_the_page_does_its_work_by_keyboard_and_is_accessible(area: str, page_server: dict[str, str]) -> None:
    _run(area, server=page_server)


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_an_empty_system_leads_its_first_administrator() -> None:
    _run("first-run", server={"KHIEN_E2E_EMPTY": "first-run", "KHIEN_PYTHON": sys.executable})


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_page_keeps_its_promises() -> None:
    _run("page", "look", "live")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_case_goes_its_whole_way_in_both_languages(lab_server: dict[str, str]) -> None:
    _run("whole_path", server={**lab_server, "KHIEN_PYTHON": sys.executable})


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("given", [{}, {"KHIEN_E2E_EMPTY": "yes"}], ids=["with data", "empty"])
def test_every_page_is_accessible_in_every_language_theme_and_state(given: dict[str, str]) -> None:
    _run("a11y", server=given)
