"""Five planted alerts judged in Chromium by keyboard alone: `python -m tests.bench.triage` → build/bench/triage.json.

The recorded lab day and what is planted beside it come through the real sensor and correlator; what a colleague judged before is
written through the API. The browser's part (`web/scripts/triage.mjs`) decides by what the page says; here the stored outcome is
compared with the planted one. A server for each language. Seconds are wall times of a script that does not think.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from khien.home import Home

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("vi", "en")
READER, COLLEAGUE, LEAD = "irt.analyst.1", "irt.shift_lead.2", "irt.shift_lead.2"
HANDED_OVER = "hand_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One alert with its answer: the words of its row by which a person finds it, and a verdict, or to whom it belongs."""

    id: str
    rule: str
    asset: str
    row: tuple[str, ...]
    answer: str


SCENARIOS = (
    Planted(id="true attack", rule="web_shell_called", asset="cong-tt", row=("cong-tt",), answer="true"),
    Planted(id="allowed scan", rule="port_scan_inside", asset="dvc", row=("10.10.99.20", "10.10.40.10"), answer="expected"),
    Planted(id="false alarm", rule="dns_tunnel", asset="mail", row=("10.10.20.10",), answer="false_positive"),
    Planted(id="duplicate", rule="dns_tunnel", asset="ad", row=("10.10.60.53",), answer="duplicate"),
    Planted(id="to hand over", rule="tls_beacon", asset="lan-p-an-binh", row=("10.30.1.21",), answer=HANDED_OVER),
)
#: What a colleague had judged before the reader came.
BEFORE = (
    ("port_scan_inside", "qlvb", "expected", "Máy quét của Trung tâm dữ liệu, theo kế hoạch tháng"),
    ("dns_tunnel", "lan-x-vinh-loc", "true", "Máy trạm xã Vĩnh Lộc chuyển dữ liệu ra ngoài"),
)


def main() -> int:
    """Command line."""
    figures = {language: _judged(language) for language in LANGUAGES}
    target = ROOT / "build" / "bench" / "triage.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    load = round(os.getloadavg()[0], 1)
    target.write_text(json.dumps({"load": load, "languages": figures}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print("| scenario | answer | keys vi | keys en | letters vi | letters en | seconds vi | seconds en |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for vi, en in zip(figures["vi"], figures["en"], strict=True):
        pairs = " | ".join(f"{vi[name]} | {en[name]}" for name in ("keys", "letters", "seconds"))
        print(f"| {vi['scenario']} | {vi['stored']} | {pairs} |")
    print(f"load {load}; written to {target.relative_to(ROOT)}")
    return 0 if all(each["right"] for found in figures.values() for each in found) else 1


def _judged(language: str) -> list[dict[str, Any]]:
    server = subprocess.Popen([sys.executable, "-m", "tests.e2e.lab_day"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        found: dict[str, str] = json.loads(server.stdout.readline())
        with closing(_session(found)) as client:
            rows = _rows(client, found["KHIEN_E2E_DATASET"])
            for rule, asset, verdict, note in BEFORE:
                row = rows[rule, asset]
                order = {"version": row["version"], "verdict": verdict, "note": note}
                client.post(f"/groups/{row['id']}/close", json=order).raise_for_status()
            named = [{"id": each.id, "row": each.row, "title": rows[each.rule, each.asset]["title"]} for each in SCENARIOS]
            told = {
                "KHIEN_TRIAGE_LANGUAGE": language,
                "KHIEN_TRIAGE_ACCOUNT": READER,
                "KHIEN_TRIAGE_PLANTED": json.dumps(named),
            }
            command = ["node", "scripts/triage.mjs"]
            ran = subprocess.run(command, cwd=ROOT / "web", env={**os.environ, **found, **told}, stdout=subprocess.PIPE, check=True)
            figures: list[dict[str, Any]] = json.loads(ran.stdout)
            return [_compared(client, planted, rows, one) for planted, one in zip(SCENARIOS, figures, strict=True)]
    finally:
        server.terminate()
        server.wait(60)
        if server.stdout is not None:
            server.stdout.close()


def _session(found: dict[str, str]) -> httpx.Client:
    url = found["KHIEN_E2E_URL"]
    authority = Home(Path(found["KHIEN_E2E_HOME"])).certificates / "root" / "root.pem"
    verify = ssl.create_default_context(cafile=str(authority))
    client = httpx.Client(base_url=f"{url}/api/v1", headers={"Origin": url}, verify=verify, trust_env=False, timeout=60)
    answer = client.post("/session", json={"account": COLLEAGUE, "password": found["KHIEN_E2E_PASSWORD"]}).raise_for_status()
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


def _rows(client: httpx.Client, dataset: str) -> dict[tuple[str, str], dict[str, Any]]:
    answer = client.get("/alerts", params={"tab": "team", "dataset": dataset, "limit": 200}).raise_for_status().json()
    return {(row["rule_name"], row["asset"]): row for row in answer["rows"]}


def _compared(
    client: httpx.Client, planted: Planted, rows: dict[tuple[str, str], dict[str, Any]], one: dict[str, Any]
) -> dict[str, Any]:
    """What the server holds, beside what was planted; no click, or it does not count."""
    row = client.get(f"/groups/{rows[planted.rule, planted.asset]['id']}").raise_for_status().json()["row"]
    is_handed_over = row["verdict"] is None and (row["assignee"] or {}).get("id") == LEAD
    stored = HANDED_OVER if is_handed_over else str(row["verdict"])
    right = stored == planted.answer and one["mouse"] == 0
    print(f"  {planted.id:<14} {stored:<15} {'right' if right else 'WRONG'} {one}", file=sys.stderr)
    return {**one, "planted": planted.answer, "stored": stored, "right": right}


if __name__ == "__main__":
    sys.exit(main())
