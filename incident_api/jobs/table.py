"""Everything that runs by the clock: one declared table. A new periodic work is one line here."""

from __future__ import annotations

from incident_api.alerts import jobs as alerts
from incident_api.audit import anchoring
from incident_api.casework import due
from incident_api.coordination import life
from incident_api.coordination.organisation import Text
from incident_api.duty import jobs as duty
from incident_api.escalation import auditor, interims
from incident_api.escalation import ticker as escalation
from incident_api.jobs import retention
from incident_api.jobs.schedule import At, Every, Job
from incident_api.notifications import sender as notifications
from incident_api.organisation import versions as organisation
from incident_api.periodic import service as periodic
from khien.errors import KhienError

JOBS: tuple[Job, ...] = (
    Job(
        "escalation",
        Text(vi="Nhắc cảnh báo, nghĩa vụ, phê duyệt đến hạn", en="Remind of alerts, obligations and approvals that are due"),
        Every(seconds=5),
        escalation.run,
    ),
    Job(
        "interims",
        Text(vi="Lập nghĩa vụ báo cáo cập nhật kế tiếp", en="Owe the next interim reports"),
        Every(seconds=60),
        interims.run,
    ),
    Job(
        "auditor",
        Text(vi="Kiểm tra đồng hồ thời hạn, bước trễ, thông báo kẹt", en="Look for work without a clock and for what is stuck"),
        Every(seconds=60),
        auditor.run,
    ),
    Job(
        "periodic",
        Text(vi="Lập các công việc định kỳ theo quy chế", en="Owe the periodic duties of the rules"),
        Every(seconds=3600),
        periodic.run,
    ),
    Job(
        "retention",
        Text(vi="Xóa dữ liệu tạm đã hết hạn lưu", en="Delete what has served its time"),
        At(time="03:10"),
        retention.run,
    ),
    Job(
        "suppressions",
        Text(vi="Kết thúc tạm ẩn cảnh báo khi hết hạn", en="End suppressions whose time is over"),
        Every(seconds=60),
        alerts.end_suppressions,
    ),
    Job(
        "register",
        Text(vi="Ghi nhận và đóng cảnh báo theo quy chế", en="Register and close alerts by the rules"),
        Every(seconds=60),
        alerts.register,
    ),
    Job(
        "reminders",
        Text(
            vi="Nhắc cảnh báo đã tiếp nhận nhưng bỏ dở, rồi phân công lại",
            en="Remind of alerts that were taken and left, then assign them anew",
        ),
        Every(seconds=60),
        alerts.remind,
    ),
    Job(
        "audit",
        Text(
            vi="Ký điểm kiểm tra của nhật ký thao tác và sao chép ra ngoài", en="Sign the audit log and copy the checkpoint outside"
        ),
        Every(seconds=3600),
        anchoring.run,
    ),
    Job(
        "notifications",
        Text(vi="Lập kế hoạch gửi các thông báo đến hạn", en="Plan the notices that are due"),
        Every(seconds=30),
        notifications.run,
    ),
    Job(
        "organisation",
        Text(vi="Áp dụng dữ liệu tổ chức vừa nhập", en="Use an organisation that was imported"),
        Every(seconds=30),
        organisation.run,
    ),
    Job("tasks", Text(vi="Báo nhiệm vụ đến hạn", en="Tell of tasks that are due"), Every(seconds=60), due.run),
    Job(
        "reviews",
        Text(vi="Báo biện pháp ứng phó đến hạn rà soát", en="Tell of countermeasures that are due for review"),
        Every(seconds=300),
        due.review,
    ),
    Job(
        "policy",
        Text(vi="Áp dụng quy chế đã ký khi đến ngày hiệu lực", en="Put the signed rules in force on their first day"),
        Every(seconds=60),
        life.activate,
    ),
    Job(
        "duty-calls",
        Text(vi="Gọi người trực thay kế tiếp khi chưa có trả lời", en="Call the next one to stand in when nobody answered"),
        Every(seconds=60),
        duty.call,
    ),
    Job(
        "duty-rota",
        Text(vi="Chốt lịch trực đã qua, lập lịch trực 180 ngày tới", en="Freeze the rota that has passed, store 180 days ahead"),
        Every(seconds=900),
        duty.store,
    ),
    Job(
        "duty-checks",
        Text(vi="Kiểm tra lịch trực 30 ngày tới", en="Check the rota 30 days ahead"),
        At(time="06:30"),
        duty.check,
    ),
)

_BY_NAME = {job.name: job for job in JOBS}


def job_of(name: str) -> Job:
    """The job of a name. Raises `job.unknown`."""
    found = _BY_NAME.get(name)
    if found is None:
        raise KhienError("job.unknown", job=name, known=", ".join(_BY_NAME))
    return found
