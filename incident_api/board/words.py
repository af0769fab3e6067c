"""Words of the duty board, in both languages."""

from __future__ import annotations

from incident_api.coordination.organisation import Text


def _t(vi: str, en: str) -> Text:
    return Text(vi=vi, en=en)


TITLE = _t("Bảng trực ban", "Duty board")
AS_OF = _t("Tính đến", "As of")
RENEWED = _t(
    "tự tải lại mỗi 30 giây; nếu giờ này đứng yên, số liệu đã cũ", "reloads every 30 seconds; if this time stands still, it is old"
)
HOLD = _t("giữ yên để đọc", "hold still to read")
STILL = _t("đang giữ yên: không tự tải lại", "held still: it does not reload")
GO_ON = _t("tự tải lại", "reload again")
ALERTS = _t("Cảnh báo đang mở, theo mức", "Open alert groups by severity")
GROUPS = _t("nhóm", "groups")
NO_HOLD = _t("giữ yên để đọc", "hold still to read")
STILL = _t("đang giữ yên: không tự tải lại", "held still: it does not reload")
GO_ON = _t("tự tải lại", "reload again")
ALERTS = _t("Không có nhóm cảnh báo nào đang chờ", "No alert group is waiting")
UNATTENDED = _t("chưa ai nhận", "unattended")
LATE = _t("quá hạn tiếp nhận", "not taken in time")
NONE = _t("không có", "none")
DEADLINES = _t("Thời hạn báo cáo", "Deadlines of the rules")
BROKEN = _t("đã quá hạn", "broken")
WAITING = _t("đang chạy", "running")
OVERDUE_SINCE = _t("quá hạn từ", "due since")
DUE = _t("hạn", "due")
NO_DEADLINES = _t("Không có nghĩa vụ nào đang chờ", "Nothing is owed")
MORE = _t("và còn nữa; xem trang Sự cố", "and more; see the incidents")
DUTY = _t("Đang trực", "On duty")
UNTIL = _t("đến", "until")
THEN = _t("sau đó", "then")
ON_CALL = _t("trực tại nhà", "on call")
NOBODY = _t("KHÔNG CÓ NGƯỜI TRỰC", "NOBODY IS ON DUTY")
LIGHTS = _t("Đèn cảm biến và hệ thống", "Lights of sensors and system")
MORE_LAMPS = _t("phần khác hỏng hoặc kém", "further parts that are down or weak")
ALL_WELL = _t("phần đang chạy tốt", "parts run well")
NOT_SEEN = _t("Tài khoản này không được xem phần này.", "This account does not see this part.")
OTHER_LANGUAGE = _t("English", "Tiếng Việt")
LEVELS = {
    "critical": _t("Nghiêm trọng", "Critical"),
    "high": _t("Cao", "High"),
    "medium": _t("Trung bình", "Medium"),
    "low": _t("Thấp", "Low"),
}
LEVEL_SHAPES = {"critical": "◆", "high": "▲", "medium": "■", "low": "●"}
LAMPS = {"down": _t("HỎNG", "DOWN"), "degraded": _t("KÉM", "WEAK"), "ok": _t("TỐT", "OK")}
LAMP_SHAPES = {"down": "✕", "degraded": "!", "ok": "✓"}
CLOSED = _t("Bảng này không mở được", "This board does not open")
CLOSED_WHY = _t(
    "Địa chỉ sai, đã bị thu hồi, hoặc phiên đăng nhập đã kết thúc. Đăng nhập lại, hoặc tạo địa chỉ mới ở mục Trực ban.",
    "The address is wrong or was revoked, or the session has ended. Log in again, or make a new address on the duty page.",
)
LOG_IN = _t("Đăng nhập", "Log in")
