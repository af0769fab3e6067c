"""The work on the gravest incident of the scene: what people wrote, tasks, countermeasures, observables and a report."""

from __future__ import annotations

from khien.clock import SystemClock
from khien.home import Home
from tests.e2e.incident_scene import HANDLER, LEADER, Desk
from tests.e2e.scene import HOSTILE_AGENT, SECOND_US

_HOUR_US = 3_600 * SECOND_US


def write(*, home: Home, port: int, password: str) -> None:
    """Of everything one that is usual and one with hostile text."""
    desk, leader = (Desk(account, home=home, port=port, password=password) for account in (HANDLER, LEADER))
    incident = min(row["id"] for row in desk.get("/incidents")["rows"])
    path, now_us = f"/incidents/{incident}", SystemClock().now_us()
    desk.post(f"{path}/comments", {"text": f"Máy chủ gọi về 203.0.113.9 và evil-cdn.example.\nNhờ @{LEADER} xem việc cô lập."})
    leader.post(f"{path}/comments", {"text": "Đồng ý cô lập sau 22 giờ, báo trước chủ quản."})
    hostile = desk.post(f"{path}/comments", {"text": HOSTILE_AGENT, "tlp": "RED"})
    desk.post(f"/comments/{hostile['id']}/withdraw", {"reason": "Dán nhầm"})
    task = {"title": "Trích nhật ký máy chủ web từ 20/11", "assignee": HANDLER, "due_us": now_us + 4 * _HOUR_US}
    desk.post(f"{path}/tasks", task)
    done = desk.post(f"{path}/tasks", {**task, "title": "Chụp ảnh đĩa máy chủ cổng"})
    finish = {"action": "finish", "version": done["version"], "result": "Đã lưu, SHA-256 kèm biên bản"}
    desk.post(f"/tasks/{done['id']}/acts", finish)
    block = {"measure": "block_address", "target": "203.0.113.9", "why": "Máy chủ điều khiển của mã độc"}
    measure = desk.post(f"{path}/countermeasures", block)
    review = {"action": "approve", "version": measure["version"], "review_us": now_us + 72 * _HOUR_US}
    desk.post(f"/countermeasures/{measure['id']}/acts", review)
    isolate = {"measure": "isolate", "target": "cong-tt", "asset": "cong-tt", "why": "Ngăn lây sang mạng trong"}
    desk.post(f"{path}/countermeasures", isolate)
    desk.post(f"{path}/observables", {"kind": "file", "value": "anh_dai_dien\u202egnp.php"})
    desk.post(f"{path}/reports", {"kind": "initial"})
