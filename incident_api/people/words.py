"""The rights in words, in both languages: what the page says instead of the name a route asks for."""

from __future__ import annotations

from incident_api.people.rights import Right

RIGHTS: dict[Right, tuple[str, str]] = {
    Right.ALERTS_READ: ("Xem cảnh báo", "See alerts"),
    Right.ALERTS_TRIAGE: ("Phân loại ban đầu, tiếp nhận, đóng cảnh báo", "Triage, take and close alerts"),
    Right.ALERTS_ASSIGN: ("Phân công cảnh báo và sự cố", "Assign alerts and incidents"),
    Right.ALERTS_IMPORT: ("Nhập cảnh báo từ nguồn khác", "Enter alerts from elsewhere"),
    Right.INCIDENTS_READ: ("Xem sự cố", "See incidents"),
    Right.INCIDENTS_HANDLE: ("Xử lý sự cố", "Handle incidents"),
    Right.INCIDENTS_DECIDE: ("Quyết định về sự cố trong ca", "Decide on incidents of the shift"),
    Right.INCIDENTS_LEAD: ("Chỉ đạo xử lý sự cố", "Lead the handling of incidents"),
    Right.COMMENTS_WRITE: ("Viết ý kiến", "Write comments"),
    Right.TASKS_WORK: ("Thực hiện nhiệm vụ", "Work on tasks"),
    Right.MEASURES_WORK: ("Đề xuất và thực hiện biện pháp ngăn chặn", "Propose and carry out countermeasures"),
    Right.PAP_LIFT: ("Gỡ hạn chế hành động (PAP)", "Lift limits on acting (PAP)"),
    Right.REPORTS_READ: ("Xem báo cáo", "Read reports"),
    Right.REPORTS_MAKE: ("Lập báo cáo", "Make reports"),
    Right.APPROVALS_GIVE: ("Phê duyệt hoặc trả lại", "Approve or reject"),
    Right.PEOPLE_READ: ("Xem danh sách người dùng", "See the people"),
    Right.PEOPLE_CHANGE: ("Cấp và khóa tài khoản đăng nhập", "Give and disable log-ins"),
    Right.DUTY_READ: ("Xem lịch trực", "See the rota"),
    Right.DUTY_ACT: ("Đổi ca, xin nghỉ, bàn giao ca trực", "Swap shifts, ask for leave, hand over a shift"),
    Right.DUTY_EDIT: ("Sửa lịch trực", "Edit the rota"),
    Right.ORGANISATION_READ: ("Xem đơn vị, hệ thống, đầu mối liên hệ", "See units, systems and contacts"),
    Right.ORGANISATION_CHANGE: ("Nhập và xuất dữ liệu tổ chức", "Import and export the organisation"),
    Right.POLICY_READ: ("Xem quy chế phối hợp", "Read the coordination rules"),
    Right.POLICY_DRAFT: ("Soạn quy chế phối hợp", "Draft coordination rules"),
    Right.POLICY_SIGN: ("Ký quy chế phối hợp", "Sign coordination rules"),
    Right.AUDIT_READ: ("Xem nhật ký thao tác", "Read the audit log"),
    Right.AUDIT_VERIFY: ("Kiểm tra tính toàn vẹn của nhật ký", "Verify the audit log"),
    Right.LEDGER_READ: ("Xem sổ đối chiếu dữ liệu", "Read the ledger of data"),
    Right.RULES_READ: ("Xem luật phát hiện", "Read the detection rules"),
    Right.DUTIES_FULFIL: ("Xác nhận đã làm công việc định kỳ", "Confirm periodic duties"),
    Right.METRICS_READ: ("Xem số liệu thời gian ứng phó", "See response times"),
    Right.JOBS_READ: ("Xem tác vụ nền", "See the jobs"),
    Right.JOBS_RUN: ("Chạy tác vụ nền ngay", "Run a job now"),
    Right.NOTICES_TEAM: ("Xem thông báo đã gửi của cả đội", "See the team's notices"),
    Right.NOTICES_TEST: ("Gửi thông báo thử", "Send a test notice"),
    Right.STREAM_READ: ("Nhận cập nhật trực tiếp", "Receive live updates"),
}
