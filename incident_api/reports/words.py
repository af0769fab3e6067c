"""Words of reports for states and kinds, as an official would write them."""

from __future__ import annotations

from incident_api.coordination.organisation import Text


def _t(vi: str, en: str) -> Text:
    return Text(vi=vi, en=en)


STATES: dict[str, Text] = {
    "open": _t("Mới mở", "Open"),
    "confirmed": _t("Đã xác nhận", "Confirmed"),
    "rejected": _t("Đã trả lại", "Rejected"),
    "contained": _t("Đã khoanh vùng", "Contained"),
    "eradicated": _t("Đã loại bỏ", "Eradicated"),
    "recovered": _t("Đã khôi phục", "Recovered"),
    "closed": _t("Đã đóng", "Closed"),
    "handed_over": _t("Đã bàn giao", "Handed over"),
    "merged": _t("Đã gộp", "Merged"),
}
DUTIES: dict[str, Text] = {
    "pending": _t("Chưa đến hạn", "Pending"),
    "overdue": _t("Quá hạn", "Overdue"),
    "sent": _t("Đã gửi, chờ xác nhận", "Sent, not yet confirmed"),
    "fulfilled": _t("Hoàn thành", "Fulfilled"),
    "late": _t("Hoàn thành muộn", "Fulfilled late"),
    "waived": _t("Được miễn (hai bên)", "Waived by two parties"),
    "cancelled": _t("Đã hủy", "Cancelled"),
}
MEASURE_STATES: dict[str, Text] = {
    "proposed": _t("Đề xuất", "Proposed"),
    "approved": _t("Đã duyệt", "Approved"),
    "activating": _t("Đang áp dụng", "Being put in place"),
    "active": _t("Đang có hiệu lực", "In place"),
    "removing": _t("Đang gỡ bỏ", "Being lifted"),
    "removed": _t("Đã gỡ bỏ", "Lifted"),
    "failed": _t("Không thành công", "Failed"),
    "rejected": _t("Không được duyệt", "Not approved"),
}
MEASURES: dict[str, Text] = {
    "block_address": _t("Chặn địa chỉ", "Address blocked"),
    "block_domain": _t("Chặn tên miền", "Domain blocked"),
    "block_url": _t("Chặn liên kết", "URL blocked"),
    "block_file": _t("Chặn tệp", "File blocked"),
    "close_account": _t("Khóa tài khoản", "Account closed"),
    "reset_credentials": _t("Đổi thông tin đăng nhập", "Credentials reset"),
    "isolate": _t("Cô lập hệ thống", "System isolated"),
    "stop": _t("Dừng hệ thống", "System stopped"),
    "filter_mail": _t("Lọc thư", "Mail filtered"),
    "patch": _t("Vá lỗ hổng", "Patched"),
    "other": _t("Biện pháp khác", "Other measure"),
}
MISSING = _t("Thông tin còn thiếu, sẽ bổ sung", "Not yet known; to be supplied")
WITHHELD = _t("Thông tin không cung cấp trong bản này (theo mức TLP)", "Withheld in this copy (by its TLP marking)")
TO = _t("Kính gửi", "To")
CC = _t("Nơi nhận", "Copies")
NUMBER = _t("Số", "No.")
BASIS = _t("Căn cứ", "Basis")
SIGNED = _t("(Ký, ghi rõ họ tên)", "(Signature and full name)")
POLICY = _t("Lập theo quy chế", "Made under the rules")
INTERNAL = _t("Hồ sơ nội bộ của đội", "The team's own file")
EXERCISE = _t("DIỄN TẬP - KHÔNG PHẢI SỰ CỐ THẬT", "EXERCISE - NOT A REAL INCIDENT")
DRAFT = _t("Dự thảo do hệ thống lập, có hiệu lực khi được ký", "Drafted by the system; valid once signed")
