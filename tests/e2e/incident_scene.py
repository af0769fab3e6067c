"""Incidents of the scene, opened and worked through the real API by the people who would do it."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from khien.home import Home
from tests.e2e.scene import HOSTILE_AGENT

HANDLER, LEADER = "irt.shift_lead.2", "irt.leader"


class Desk:
    """A session of one person."""

    def __init__(self, account: str, *, home: Home, port: int, password: str) -> None:
        authority = home.certificates / "issued" / "component" / "correlator" / "authority.pem"
        address = f"https://localhost:{port}"
        context = ssl.create_default_context(cafile=str(authority))
        self._client = httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, verify=context, timeout=60)
        session = self.post("/session", {"account": account, "password": password})
        self._client.headers["X-CSRF-Token"] = session["csrf"]

    def get(self, path: str, **query: str | int) -> Any:
        """What the server answers."""
        return self._client.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """A change that must be possible."""
        return self._client.post(path, json=body).raise_for_status().json()

    def act(self, incident: str, **order: Any) -> Any:
        """An order in the version that stands now."""
        version = self.get(f"/incidents/{incident}")["row"]["version"]
        return self.post(f"/incidents/{incident}/acts", {"version": version, **order})


def write(*, home: Home, port: int, password: str) -> None:
    """One of each kind that a page must show: grave and late, unconfirmed, contained, closed by rejection, hostile text."""
    desk = Desk(HANDLER, home=home, port=port, password=password)
    live = [row["id"] for row in desk.get("/alerts", dataset="live", limit=2)["rows"]]
    _grave(desk, leader=Desk(LEADER, home=home, port=port, password=password), groups=live)
    _open(desk, title="Nghi nhiễm mã độc tại xã Tân Hòa, chưa rõ phạm vi", assets=["lan-p-tan-hoa"], facts={"malware": True})
    contained = _open(desk, title="Hộp thư bị chiếm quyền, không mất dữ liệu", assets=["mail"], facts={"mailboxes_taken": 1})
    desk.act(contained, kind="move", action="confirm", type="unprivileged-account-compromise")
    desk.act(contained, kind="move", action="contain", fields={"what": "Khóa hộp thư, đổi mật khẩu lúc 09:10"})
    rejected = _open(desk, title="Báo nhầm: máy quét của đơn vị vận hành", assets=["cong-tt"])
    desk.act(rejected, kind="move", action="reject", fields={"reason": "Đơn vị vận hành đã báo trước"})
    _open(desk, title=f"Tệp lạ \u202egnp.exe {HOSTILE_AGENT}"[:300], assets=["cong-tt"], facts={"scan": True, "all_blocked": True})


def _grave(desk: Desk, *, leader: Desk, groups: list[str]) -> None:
    """M2 with personal data, confirmed; one obligation told and confirmed, one told."""
    facts = {"web_shell": True, "data_leaked": True, "subjects": 1200, "intrusion": "succeeded"}
    body = {"groups": groups, "assets": ["cong-tt"], "flags": ["pd"], "facts": facts}
    incident = _open(desk, title="Mã độc webshell trên cổng thông tin điện tử, lộ dữ liệu người dùng", **body)
    desk.act(incident, kind="move", action="confirm", type="system-compromise")
    first, second, *_ = desk.get(f"/incidents/{incident}")["obligations"]
    desk.act(incident, kind="tell", obligation=first["id"], to="Đội trưởng, gọi 0900 000 001")
    desk.act(incident, kind="fulfil", obligation=first["id"], receipt="Đội trưởng xác nhận 09:02")
    leader.act(incident, kind="tell", obligation=second["id"], to="Trực ban PA05, gọi đường dây trực")


def _open(desk: Desk, **body: Any) -> str:
    found: str = desk.post("/incidents", body)["row"]["id"]
    return found
