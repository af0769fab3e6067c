"""Runs the page's end-to-end tests (TypeScript, Playwright) in a real Chromium against the real server."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
CHROMIUM = os.environ.get("KHIEN_CHROMIUM", "/usr/bin/chromium")


def _run(*specs: str) -> None:
    if shutil.which(CHROMIUM) is None:
        _missing("browser", f"no Chromium at {CHROMIUM}: `apt-get install chromium`, or set KHIEN_CHROMIUM")
    if not (WEB / "dist" / "index.html").is_file():
        _missing("browser", "the page is not built: `make install`")
    found = subprocess.run(["npm", "run", "--silent", "e2e", "--", *specs], cwd=WEB, capture_output=True, text=True, check=False)
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
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_people_keep_their_own_account_and_administrators_the_others() -> None:
    _run("profile", "audit", "administration")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_incidents_are_found_worked_and_opened_from_alerts() -> None:
    _run("incident")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_work_of_a_case_is_done_on_its_pages() -> None:
    _run("case")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_duty_is_read_changed_and_handed_over_and_its_board_needs_no_script() -> None:
    _run("duty")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_coordination_rules_are_read_asked_drafted_and_simulated() -> None:
    _run("coordination")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_page_is_accessible_in_both_languages_and_keeps_its_promises() -> None:
    _run("page")
