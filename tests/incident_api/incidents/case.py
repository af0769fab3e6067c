"""An incident in the hands of a test: opened, acted on, read."""

from __future__ import annotations

from typing import Any

import httpx

from incident_api.runtime import Runtime
from tests.incident_api.city import Page

DETAILS = {
    "contain": {"what": "chặn tại tường lửa", "evidence": "ảnh đĩa SHA-256 …"},
    "eradicate": {"root_cause": "mật khẩu yếu"},
    "recover": {"checked": "đã kiểm tra danh mục", "operator": "ops.admin.1"},
    "close": {"resolution": "đã xử lý", "impact": "không đáng kể", "lessons": "đổi mật khẩu"},
    "resume": {"reason": "lại xuất hiện"},
    "hand_over": {"receiver": "mps", "receipt": "123/BN"},
    "take_back": {"reason": "trả hồ sơ"},
    "reopen": {"reason": "tình tiết mới"},
    "reject": {"reason": "nhầm"},
    "unmerge": {"reason": "gộp nhầm"},
}


class CaseFile:
    """One incident, and a page for each account that acts."""

    def __init__(self, runtime: Runtime, *, account: str = "irt.shift_lead.2", **request: Any) -> None:
        self.runtime = runtime
        self._pages: dict[str, Page] = {}
        body = {"title": "Sự cố thử", "assets": ["dvc"], **request}
        answer = self.page(account).post("/incidents", body)
        assert answer.status_code == 201, answer.text
        self.id: str = answer.json()["row"]["id"]

    def page(self, account: str) -> Page:
        """A session of an account."""
        if account not in self._pages:
            self._pages[account] = Page(self.runtime, account)
        return self._pages[account]

    def read(self, account: str = "irt.leader") -> dict[str, Any]:
        """The incident as somebody sees it."""
        answer = self.page(account).get(f"/incidents/{self.id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def try_act(self, kind: str, *, account: str = "irt.shift_lead.2", **order: Any) -> httpx.Response:
        """An order in the version that stands now."""
        version = self.read()["row"]["version"]
        return self.page(account).post(f"/incidents/{self.id}/acts", {"kind": kind, "version": version, **order})

    def act(self, kind: str, *, account: str = "irt.shift_lead.2", **order: Any) -> dict[str, Any]:
        """An order that must be possible."""
        answer = self.try_act(kind, account=account, **order)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def try_move(self, action: str, *, account: str = "irt.shift_lead.2", **order: Any) -> httpx.Response:
        """A transition with its fields filled."""
        fields = {**DETAILS.get(action, {}), **order.pop("fields", {})}
        return self.try_act("move", account=account, action=action, fields=fields, **order)

    def move(self, action: str, *, account: str = "irt.shift_lead.2", **order: Any) -> dict[str, Any]:
        """A transition that must be possible."""
        answer = self.try_move(action, account=account, **order)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def confirm(self, **order: Any) -> dict[str, Any]:
        """Confirmed with a type."""
        return self.move("confirm", **{"type": "undetermined", **order})

    def due(self, code: str) -> list[int]:
        """Due times of the obligations of a code that are not cancelled."""
        return sorted({each["due_us"] for each in self.obligations(code) if each["state"] != "cancelled"})

    def obligations(self, code: str | None = None) -> list[dict[str, Any]]:
        """The obligations, of a code or all."""
        return [each for each in self.read()["obligations"] if code in {None, each["code"]}]

    def fulfil_all(self) -> None:
        """Every obligation is told and confirmed."""
        for each in self.obligations():
            if each["state"] in {"pending", "overdue", "sent"}:
                self.act("fulfil", account="irt.leader", obligation=each["id"], receipt="đã nhận", reason="muộn vì thử")
