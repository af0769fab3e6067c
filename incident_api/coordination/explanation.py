"""The words of an assignment, in both languages; the stored reason keeps codes, these are what a person reads."""

from __future__ import annotations

EXCLUSIONS: dict[str, tuple[str, str]] = {
    "did_not_take_it": ("Đã được giao nhưng chưa tiếp nhận", "Had it and did not take it"),
    "on_leave": ("Đang nghỉ", "On leave"),
    "account_disabled": ("Tài khoản bị khóa", "Account disabled"),
    "off_duty": ("Không trong ca trực", "Not on duty"),
    "no_log_in": ("Chưa có tài khoản đăng nhập", "Has no log-in"),
    "clearance": ("Mức TLP được phép thấp hơn yêu cầu", "Cleared for less than the alert's TLP"),
    "capacity": ("Tư cách không cho phép xử lý", "The capacity does not allow handling"),
    "unit_scope": ("Không được giao xử lý đơn vị này", "May not handle this unit"),
    "skills": ("Thiếu kỹ năng mà luật phát hiện yêu cầu", "Lacks a skill that the rule asks for"),
    "conflict_of_interest": ("Xung đột lợi ích: có tên trong cảnh báo", "Conflict of interest: named in the alert"),
    "overloaded": ("Đang quá tải", "Overloaded"),
}

DECIDED_BY: dict[str, tuple[str, str]] = {
    "only_one": ("Người duy nhất đủ điều kiện", "The only eligible person"),
    "named": ("Quy chế chỉ định đích danh", "Named by the coordination rules"),
    "same_asset": ("Đang xử lý cảnh báo trên cùng hệ thống", "Already handles alerts on the same system"),
    "desk": ("Phụ trách hệ thống này", "Desk of this system"),
    "load": ("Ít việc đang mở nhất", "Fewest open work"),
    "last_assigned": ("Lâu nhất chưa được giao", "Longest since last assigned"),
    "lot": ("Bốc thăm theo hàm băm, lặp lại được", "Lot by hash, repeatable"),
    "last_resort": ("Không ai đủ điều kiện: đứng tên", "Nobody is eligible: of record only"),
    "taken": ("Tự tiếp nhận", "Took it"),
    "handed_over": ("Được chuyển giao", "Handed over by name"),
    "escalated": ("Được chuyển cấp xử lý theo yêu cầu", "Escalated on request"),
    "ladder": ("Chuyển cấp do chưa ai tiếp nhận", "Escalated because nobody took it"),
}

STEPS: dict[str, tuple[str, str]] = {
    "assignee": ("Báo người được phân công", "Tell the assignee"),
    "next_on_duty": ("Chuyển người trực kế tiếp", "Next person on duty"),
    "shift_lead": ("Chuyển trưởng ca", "Shift lead"),
    "leader": ("Chuyển đội trưởng", "Team leader"),
}

ROLES: dict[str, tuple[str, str]] = {
    "irt.analyst": ("Chuyên viên phân tích", "Analyst"),
    "irt.shift_lead": ("Trưởng ca", "Shift lead"),
    "irt.leader": ("Đội trưởng", "Leader"),
    "irt.deputy": ("Đội phó", "Deputy"),
    "irt.liaison": ("Cán bộ liên lạc", "Liaison"),
    "irt.forensic": ("Chuyên viên giám định", "Forensic analyst"),
    "police.duty": ("Trực ban công an", "Police duty officer"),
    "police.investigator": ("Điều tra viên", "Investigator"),
    "ops.admin": ("Quản trị hệ thống", "Operations administrator"),
    "owner.approver": ("Người phê duyệt của chủ quản", "Owner's approver"),
    "owner.dpo": ("Cán bộ bảo vệ dữ liệu cá nhân", "Data-protection officer"),
    "pc_office.head": ("Chánh Văn phòng UBND", "Head of the PC Office"),
    "pc_office.deputy": ("Phó Chánh Văn phòng UBND", "Deputy head of the PC Office"),
    "unit.contact": ("Đầu mối đơn vị", "Unit contact"),
    "auditor": ("Kiểm toán viên", "Auditor"),
    "sysadmin": ("Quản trị Khiên", "Khiên administrator"),
}
