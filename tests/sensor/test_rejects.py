"""Rejects are kept with every byte, once, and never without a bound."""

from __future__ import annotations

import base64
from pathlib import Path

import orjson

from sensor.rejects import Reject, RejectFile


def raws(path: Path) -> list[bytes]:
    return [base64.b64decode(orjson.loads(line)["raw"]) for line in path.read_bytes().splitlines()]


def test_any_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    file = RejectFile(path)
    wanted = [bytes(range(256)), b"", b'{"forged": "line"}\n{"x": 1}']
    for raw in wanted:
        file.add(Reject("app.log", "line 7", "parse_plain", raw))
    file.close()
    assert raws(path) == wanted
    assert orjson.loads(path.read_bytes().splitlines()[0]) == {
        "source": "app.log",
        "place": "line 7",
        "reason": "parse_plain",
        "raw": base64.b64encode(bytes(range(256))).decode(),
    }


def test_what_was_written_behind_the_durable_state_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    file = RejectFile(path)
    file.add(Reject("s", "1", "r", b"counted"))
    durable = file.size
    file.add(Reject("s", "2", "r", b"not counted"))
    file.close()
    again = RejectFile(path, size=durable)
    again.add(Reject("s", "2", "r", b"read again"))
    again.close()
    assert raws(path) == [b"counted", b"read again"]


def test_beyond_the_quota_they_are_counted_and_not_kept(tmp_path: Path) -> None:
    file = RejectFile(tmp_path / "rejected.jsonl", quota_bytes=500)
    for _ in range(100):
        file.add(Reject("s", "1", "r", b"x" * 50))
    file.close()
    kept = len(raws(tmp_path / "rejected.jsonl"))
    assert kept > 0
    assert (tmp_path / "rejected.jsonl").stat().st_size <= 500
    assert file.unkept == 100 - kept
