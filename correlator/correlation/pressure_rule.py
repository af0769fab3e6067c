"""What the state-pressure alert says: which rule is short of room, since when, and what to do."""

from __future__ import annotations

from khien_engine import correlate

from correlator.correlation.watch import Watch
from khien.alert import AlertRule, Level
from khien.clock import format_utc

RULE_ID = "5c1f7a52-3f0e-4d5e-9a38-6b1d1c0a7e41"
RULE_NAME = "state_pressure"


def rule_of_quota(watch: Watch, eviction: correlate.Eviction, most_groups: int) -> AlertRule:
    """More groups than the watch may keep."""
    since, name = format_utc(eviction.since_us), watch.rule.name
    key = " · ".join(eviction.key).replace("\0", "\ufffd")
    return AlertRule(
        id=RULE_ID,
        version="1",
        name=RULE_NAME,
        title={
            "en": f"Too many groups to keep: {watch.rule.title['en']}",
            "vi": f"Số nhóm theo dõi vượt giới hạn: {watch.rule.title['vi']}",
        },
        description={
            "en": f"Since {since} the rule `{name}` has had more than {most_groups} groups at once, so those that had counted least"
            f" are forgotten; hits say how many. The first one's key begins with `{key}`. An attack spread over many groups may go"
            " unseen meanwhile; where counts go on as estimates, alerts say so.",
            "vi": f"Từ {since}, quy tắc `{name}` có hơn {most_groups} nhóm cùng lúc, nên các nhóm đếm được ít nhất bị loại bỏ;"
            f" số lần khớp là số nhóm đã bị loại bỏ. Khóa của nhóm đầu tiên bắt đầu bằng `{key}`. Trong thời gian này, tấn công dàn"
            " trải trên nhiều nhóm có thể không bị phát hiện; cảnh báo nào dựa trên số ước lượng đều được ghi rõ.",
        },
        level=Level.HIGH,
        false_positives={
            "en": ("A new source with very many clients, or a survey of your own",),
            "vi": ("Nguồn dữ liệu mới có rất nhiều máy khách, hoặc đợt rà quét do chính đơn vị thực hiện",),
        },
        triage={
            "en": (
                "Open the event named here and look for others like it: keys from one network or one sender are probably a flood.",
                "If it is a flood, block it at the edge.",
                "Look through the other alerts of this time: a flood may hide another attack.",
                "If the sources are legitimate, narrow the rule by a filter or an exception.",
            ),
            "vi": (
                "Mở sự kiện nêu trong cảnh báo và tìm các sự kiện tương tự: khóa từ một mạng hoặc một bên gửi thường là làm ngập.",
                "Nếu là tấn công làm ngập, hãy chặn tại biên mạng.",
                "Rà soát các cảnh báo khác trong cùng thời gian: việc làm ngập có thể nhằm che giấu một cuộc tấn công khác.",
                "Nếu các nguồn là hợp lệ, hãy thu hẹp quy tắc bằng bộ lọc hoặc ngoại lệ.",
            ),
        },
    )


def rule_of_memory(watch: Watch, eviction: correlate.Eviction, most_bytes: int) -> AlertRule:
    """Groups of more bytes than the lane may keep, most of them of this watch."""
    rule = rule_of_quota(watch, eviction, most_bytes)
    since, name, size = format_utc(eviction.since_us), watch.rule.name, f"{max(most_bytes >> 20, 1)} MiB"
    key = " · ".join(eviction.key).replace("\0", "\ufffd")
    title = {
        "en": f"Groups too large to keep: {watch.rule.title['en']}",
        "vi": f"Bộ nhớ nhóm theo dõi vượt giới hạn: {watch.rule.title['vi']}",
    }
    description = {
        "en": f"Since {since} the groups of all rules together take more than {size}; those of the rule `{name}` take most, so"
        " those of them that had counted least are forgotten; hits say how many. The first one's key begins with"
        f" `{key}`. Long names or values that somebody sends on purpose do this. An attack may go unseen meanwhile; where"
        " counts go on as estimates, alerts say so.",
        "vi": f"Từ {since}, các nhóm của mọi quy tắc chiếm hơn {size} bộ nhớ; quy tắc `{name}` chiếm nhiều nhất, nên các nhóm đếm"
        " được ít nhất của quy tắc này bị loại bỏ; số lần khớp là số nhóm đã bị loại bỏ. Khóa của nhóm đầu tiên bắt đầu bằng"
        f" `{key}`."
        " Nguyên nhân thường là tên hoặc giá trị dài bất thường do có chủ đích. Trong thời gian này, tấn công có thể không bị phát"
        " hiện; cảnh báo nào dựa trên số ước lượng đều được ghi rõ.",
    }
    return rule.model_copy(update={"title": title, "description": description})
