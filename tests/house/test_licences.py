"""The licence gate: what ships is permissive, LGPL only as an import, and Scapy (GPL-2.0-only) is in no shipped set."""

from __future__ import annotations

import json
import re
import subprocess
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|MPL|Mozilla|PSF|Python Software Foundation|Unlicense|zlib|CC0|Public Domain|HPND|any-OSI|OSI Approved$",
    re.IGNORECASE,
)
#: Imported, never copied or linked into our code (house standard).
LESSER = re.compile(r"LGPL|Lesser General Public", re.IGNORECASE)
STRONG = re.compile(r"(?<!L)(?<!Lesser )GPL|(?<!Lesser )General Public License|AGPL|SSPL", re.IGNORECASE)

#: Distributions whose metadata names no licence, read by hand.
READ_BY_HAND = {
    "pysqlite3": "Zlib (LICENSE in its repository)",
    "apsw": "any OSI approved licence (the distribution's own words)",
}


def locked(name: str) -> list[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)


def licence_of(distribution: str) -> str:
    found = metadata.metadata(distribution)

    def said(name: str) -> list[str]:
        return [str(value) for value in found.get_all(name) or []]

    if said("License-Expression"):
        return said("License-Expression")[0]
    classifiers = [line.split(" :: ")[-1] for line in said("Classifier") if line.startswith("License")]
    written = "".join(said("License")[:1]).split("\n", maxsplit=1)[0]
    return " / ".join(classifiers) or written or READ_BY_HAND.get(distribution, "")


def refused(distribution: str) -> str | None:
    licence = licence_of(distribution)
    if LESSER.search(licence) or (PERMISSIVE.search(licence) and not STRONG.search(LESSER.sub("", licence))):
        return None
    return f"{distribution}: {licence or 'no licence named'}"


def test_every_shipped_python_package_may_be_used() -> None:
    problems = [problem for name in (*locked("server"), *locked("sensor")) if (problem := refused(name))]
    assert problems == []


def test_scapy_is_only_in_the_development_set() -> None:
    assert "scapy" in locked("dev")
    assert "scapy" not in locked("server")
    assert "scapy" not in locked("sensor")


def test_the_gate_refuses_scapy_itself() -> None:
    assert refused("scapy") is not None


def test_every_crate_of_the_engine_may_be_used() -> None:
    listed = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked"],
        cwd=ROOT / "engine",
        capture_output=True,
        check=True,
    )
    packages = json.loads(listed.stdout)["packages"]
    assert len(packages) > 20
    allowed = re.compile(r"MIT|BSD|Apache|ISC|MPL|Zlib|Unlicense|Unicode|CC0|0BSD", re.IGNORECASE)
    assert [f"{p['name']}: {p['license']}" for p in packages if not allowed.search(p["license"] or "")] == []


def test_every_runtime_package_of_the_page_may_be_used() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))
    allowed = re.compile(r"MIT|BSD|Apache|ISC|MPL|OFL|0BSD|CC0|Unlicense|BlueOak|Python-2.0|CC-BY-4.0", re.IGNORECASE)
    runtime = {name: entry for name, entry in lock["packages"].items() if name and not entry.get("dev")}
    assert len(runtime) > 10
    assert [
        f"{name}: {entry.get('license')}" for name, entry in runtime.items() if not allowed.search(entry.get("license") or "")
    ] == []
