"""What became of some alerts of the scene later: taken back, replaced, changed, estimated, folded; and what is held back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from khien.alert import Alert
from tests.e2e.scene import LAB

_DAY_US = 86_400_000_000


def late(scene: Sequence[Alert]) -> list[Alert]:
    """The same alerts again, of groups with one alert each, as the correlator tells them after a repair."""
    counted: dict[tuple[str, tuple[str, ...]], int] = {}
    for one in scene:
        counted[one.rule.id, one.assets] = counted.get((one.rule.id, one.assets), 0) + 1
    lone = [one for one in scene if one.dataset == LAB and counted[one.rule.id, one.assets] == 1]
    withdrawn, superseded, amended, estimated, folded = lone[-5:]
    successor = superseded.model_copy(
        update={
            "id": hashlib.sha256(superseded.id.encode()).hexdigest()[:32],
            "supersedes": (superseded.id,),
            "hits": superseded.hits + 3,
        }
    )
    return [
        withdrawn.model_copy(update={"withdrawn": True, "amended": 1}),
        superseded.model_copy(update={"superseded_by": successor.id, "amended": 1}),
        successor,
        amended.model_copy(update={"hits": max(1, amended.hits - 1), "amended": 1}),
        estimated.model_copy(
            update={
                "hits": estimated.hits + 9,
                "event_count": estimated.event_count + 9,
                "explanation": estimated.explanation.model_copy(update={"estimated": True}),
            }
        ),
        folded.model_copy(update={"hits": folded.hits + 40, "folded": 12, "suppressions": ("T0002",), "event_count": 80}),
    ]


def held_back(now_us: int) -> dict[str, Any]:
    """A report as the correlator sends it, hostile text included."""
    head = hashlib.sha256(b"head").hexdigest()
    entry: dict[str, Any] = {
        "approved_by": None, "created_us": now_us - 20 * _DAY_US, "expires_us": now_us + 60 * _DAY_US, "version": 1, "when": [],
        "by": [], "window_us": 0, "hidden": 0, "in_force": True, "has_rule": True, "kind": "exception",
    }  # fmt: skip
    entries = [
        {
            **entry, "id": "T0001", "rule_id": "port-scan", "rule_name": "port-scan", "owner": "irt.analyst.2", "hidden": 1_204,
            "reason": "Máy quét định kỳ của phòng CNTT, đã báo trước hằng tuần",
            "when": [{"item": "source.ip", "values": ["10.1.2.3"]}], "version": 2,
        },
        {
            **entry, "id": "T0003", "rule_id": "web-shell-called", "rule_name": "web-shell-called", "owner": "irt.analyst.5",
            "approved_by": "irt.shift_lead.2", "reason": "Trang kiểm thử của cổng, tên tệp trùng <script>alert(1)</script>",
            "when": [{"item": "destination.ip", "values": ["10.10.10.99"]}, {"item": "url.path|endswith", "values": ["/thu.php"]}],
            "expires_us": now_us + 2 * _DAY_US, "hidden": 3,
        },
        {
            **entry, "id": "T0004", "rule_id": "gone", "rule_name": "a-rule-of-an-old-pack", "owner": "irt.analyst.3",
            "reason": "Sao lưu ban đêm ghi nhiều tệp", "when": [{"item": "host.name", "values": ["sao-luu-1"]}], "has_rule": False,
        },
        {
            **entry, "id": "T0002", "kind": "suppression", "rule_id": "ssh-password-guessing", "rule_name": "ssh-password-guessing",
            "owner": "irt.analyst.2", "reason": "Nhiễu nền từ Internet, mỗi nguồn báo một lần mỗi ngày", "by": ["source.ip"],
            "window_us": _DAY_US, "hidden": 12,
        },
    ]  # fmt: skip
    refused = {
        "id": "f" * 32, "refused_by": ["incident_api"], "rule_name": "portal-sql-injection", "severity": 3, "dataset": "live",
        "title": {"vi": "Chèn mã SQL vào cổng thông tin điện tử", "en": "SQL injection against the city portal"},
        "first_us": now_us - 600_000_000, "last_us": now_us - 540_000_000, "hits": 4,
    }  # fmt: skip
    report = {
        "journal": {"seq": 5, "head": head, "fault": None},
        "entries": entries, "entries_omitted": 0, "refused": [refused], "refused_total": 1,
    }  # fmt: skip
    return {"held_back": report, "chain": [head]}
