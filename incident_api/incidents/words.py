"""What the timeline and the reports call what happened to an incident, as an official would write it."""

from __future__ import annotations

from incident_api.casework.states import Machine, MeasureAction, TaskAction
from incident_api.coordination.organisation import Text
from incident_api.incidents.states import Action


def _text(vi: str, en: str) -> Text:
    return Text(vi=vi, en=en)


ACTIONS: dict[str, Text] = {
    Action.OPEN: _text("Mở sự cố", "Incident opened"),
    Action.CONFIRM: _text("Xác nhận sự cố", "Incident confirmed"),
    Action.REJECT: _text("Trả lại sự cố", "Incident rejected"),
    Action.CONTAIN: _text("Đã khoanh vùng", "Contained"),
    Action.ERADICATE: _text("Đã loại bỏ", "Eradicated"),
    Action.RECOVER: _text("Đã khôi phục", "Recovered"),
    Action.CLOSE: _text("Đóng sự cố", "Incident closed"),
    Action.RESUME: _text("Tiếp tục xử lý", "Work resumed"),
    Action.HAND_OVER: _text("Bàn giao sự cố", "Incident handed over"),
    Action.TAKE_BACK: _text("Nhận lại sự cố", "Incident taken back"),
    Action.REOPEN: _text("Mở lại sự cố", "Incident reopened"),
    Action.MERGE: _text("Gộp vào sự cố khác", "Merged into another incident"),
    Action.UNMERGE: _text("Tách khỏi sự cố đã gộp", "Separated again"),
}

#: What changed without a transition and is kept by the audit log alone.
CHANGES: dict[str, Text] = {
    "incident.move_clock": _text("Đổi mốc thời gian", "A clock was moved"),
    "incident.promote": _text("Chuyển dữ liệu phát lại thành sự cố thật", "A replay became a real incident"),
    "incident.mark": _text("Đổi mức TLP, PAP", "TLP or PAP changed"),
    "incident.joined": _text("Nhận sự cố gộp vào", "Another incident was merged into this one"),
    "incident.parted": _text("Tách sự cố đã gộp", "A merged incident was separated again"),
}

FIRST_REVISION = _text("Đề xuất mức độ", "Class proposed")
REVISION = _text("Cập nhật đánh giá", "Assessment revised")
LINKED = _text("Liên kết nhóm cảnh báo", "Group of alerts linked")
UNLINKED = _text("Gỡ liên kết nhóm cảnh báo", "Group of alerts unlinked")
ASKED = _text("Đề nghị phê duyệt", "Approval asked for")

OBLIGATION_MADE = _text("Phát sinh nghĩa vụ", "Obligation arose")
OBLIGATION_SENT = _text("Đã thông báo", "Recipient told")
OBLIGATION_ENDS: dict[str, Text] = {
    "fulfilled": _text("Hoàn thành nghĩa vụ", "Obligation fulfilled"),
    "late": _text("Hoàn thành nghĩa vụ muộn", "Obligation fulfilled late"),
    "waived": _text("Miễn thực hiện nghĩa vụ", "Obligation waived"),
    "cancelled": _text("Hủy nghĩa vụ", "Obligation cancelled"),
}
APPROVAL_ENDS: dict[str, Text] = {
    "granted": _text("Phê duyệt", "Approved"),
    "denied": _text("Từ chối phê duyệt", "Approval denied"),
    "withdrawn": _text("Rút đề nghị phê duyệt", "Approval withdrawn"),
    "expired": _text("Đề nghị phê duyệt hết hạn", "Approval expired"),
}


COMMENT = _text("Trao đổi", "Comment")
WITHHELD = _text("Nội dung bị che vì mức chia sẻ cao hơn quyền của người xem", "Withheld: marked above what the reader may see")
COMMENT_WITHDRAWN = _text("Rút trao đổi", "Comment withdrawn")
OBSERVABLE = _text("Dấu hiệu mới", "New observable")
NOTICE = _text("Đã báo", "Told")
ASSIGNED = _text("Phân công", "Assigned")
WORK: dict[str, dict[str, Text]] = {
    Machine.TASK: {
        TaskAction.ADD: _text("Giao nhiệm vụ", "Task given"),
        TaskAction.FINISH: _text("Hoàn thành nhiệm vụ", "Task done"),
        TaskAction.DROP: _text("Hủy nhiệm vụ", "Task dropped"),
        TaskAction.REOPEN: _text("Mở lại nhiệm vụ", "Task reopened"),
        TaskAction.ASSIGN: _text("Chuyển người thực hiện nhiệm vụ", "Task given to somebody else"),
        TaskAction.POSTPONE: _text("Lùi thời hạn nhiệm vụ", "Task postponed"),
    },
    Machine.COUNTERMEASURE: {
        MeasureAction.PROPOSE: _text("Đề xuất biện pháp ứng phó", "Countermeasure proposed"),
        MeasureAction.APPROVE: _text("Phê duyệt biện pháp ứng phó", "Countermeasure approved"),
        MeasureAction.REJECT: _text("Không chấp nhận biện pháp ứng phó", "Countermeasure rejected"),
        MeasureAction.ACTIVATE: _text("Đang áp dụng biện pháp ứng phó", "Countermeasure being activated"),
        MeasureAction.ACTIVATED: _text("Đã áp dụng biện pháp ứng phó", "Countermeasure active"),
        MeasureAction.REVIEW: _text("Xem xét lại biện pháp ứng phó", "Countermeasure reviewed"),
        MeasureAction.REMOVE: _text("Đang gỡ biện pháp ứng phó", "Countermeasure being removed"),
        MeasureAction.REMOVED: _text("Đã gỡ biện pháp ứng phó", "Countermeasure removed"),
        MeasureAction.FAIL: _text("Biện pháp ứng phó không thành công", "Countermeasure failed"),
    },
}


def about(what: Text, thing: Text | str) -> Text:
    """`Đã thông báo: Thông báo ban đầu`."""
    vi, en = (thing, thing) if isinstance(thing, str) else (thing.vi, thing.en)
    return Text(vi=f"{what.vi}: {vi}", en=f"{what.en}: {en}")
