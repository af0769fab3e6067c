"""The tree itself: nothing generated, foreign, minified or oversized is committed, and lock files name no registry."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The recorded lab day is data that tests and the demo read; everything else stays small.
LARGEST_BYTES = 2_000_000
RECORDINGS = "lab/recording/"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git clone: the list of committed files is not known")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_committed_file_is_large_except_the_recording() -> None:
    large = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.stat().st_size > LARGEST_BYTES and not str(path.relative_to(ROOT)).startswith(RECORDINGS)
    ]
    assert large == []


def test_recordings_stay_below_ten_megabytes() -> None:
    total = sum(path.stat().st_size for path in tracked() if str(path.relative_to(ROOT)).startswith(RECORDINGS))
    assert 0 < total <= 10_000_000


def test_nothing_built_or_minified_is_committed() -> None:
    folders = {"dist", "node_modules", "target", "__pycache__"}
    endings = (".min.js", ".min.css", ".whl", ".so", ".mo", ".pyc")
    names = [path.relative_to(ROOT) for path in tracked()]
    found = [str(name) for name in names if folders.intersection(name.parts) or name.name.endswith(endings)]
    assert found == []


def test_a_source_line_is_never_the_size_of_a_bundle() -> None:
    long = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".rs", ".ts", ".tsx", ".css", ".html"}
        and max((len(line) for line in path.read_text(encoding="utf-8").splitlines()), default=0) > 1_000
    ]
    assert long == []


def test_the_page_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry and not entry.get("link")] == []


@pytest.mark.parametrize("name", ["dev", "server", "sensor"])
def test_every_locked_requirement_is_pinned_and_hashed(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    blocks = text.replace("\\\n", " ").splitlines()
    requirements = [line for line in blocks if line and not line.startswith((" ", "#"))]
    assert requirements
    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []
    assert "http://" not in text
    assert "https://" not in text


def test_shipped_modules_never_import_scapy() -> None:
    importing = [
        str(path.relative_to(ROOT))
        for room in ("khien", "sensor", "correlator", "incident_api")
        for path in (ROOT / room).rglob("*.py")
        if "import scapy" in (text := path.read_text(encoding="utf-8")) or "from scapy" in text
    ]
    assert importing == []
