"""The state-pressure alert: Khiên's own word that a rule had more groups than may be kept, so that some had to go.

One alert a watch and lane. It grows with every group that goes and ends after ten quiet minutes of event time; what goes later is
the next alert. Hits and events are the groups that went: each went for the one event that opened another group.
"""

from __future__ import annotations

from khien_engine import correlate

from correlator.correlation.watch import Watch, Watches
from khien.alert import Alert, AlertRule, Explanation, Group, Level, Window
from khien.clock import MICROSECONDS, format_utc
from khien.ids import AlertId

RULE_ID = "5c1f7a52-3f0e-4d5e-9a38-6b1d1c0a7e41"
RULE_NAME = "state_pressure"
#: The core tells what goes after a longer pause apart (engine/correlate, quota.rs).
QUIET_US = 600 * MICROSECONDS


class Pressures:
    """The open alerts of one lane, by the name of the watch that is short of room."""

    def __init__(self, dataset: str, watches: Watches) -> None:
        self.open: dict[str, Alert] = {}
        self._dataset = dataset
        self._watches = watches

    def add(self, eviction: correlate.Eviction, *, is_complete: bool) -> Alert:
        """Groups had to go: the alert as it is now."""
        known = self.open.get(eviction.watch)
        if known is not None and eviction.since_us <= known.last_us + QUIET_US:
            alert = _grown(known, eviction)
        else:
            watch = self._watches.by_name[eviction.watch]
            alert = _begun(watch, eviction, self._dataset, most_groups=self._watches.most_groups, is_complete=is_complete)
        self.open[eviction.watch] = alert
        return alert

    def end(self, watermark_us: int) -> None:
        """Everything up to here has been seen: what was quiet for so long is over."""
        for name in [name for name, alert in self.open.items() if alert.last_us + QUIET_US < watermark_us]:
            del self.open[name]

    def restore(self, alerts: dict[str, Alert]) -> None:
        """Open alerts as a checkpoint kept them; those of watches that are gone are over."""
        self.open = {name: alert for name, alert in alerts.items() if name in self._watches.by_name}


def _grown(known: Alert, eviction: correlate.Eviction) -> Alert:
    count = known.hits + eviction.count
    return known.model_copy(update={"hits": count, "event_count": count, "last_us": max(known.last_us, eviction.last_us)})


def _begun(watch: Watch, eviction: correlate.Eviction, dataset: str, *, most_groups: int, is_complete: bool) -> Alert:
    rule = _rule(watch, eviction, most_groups)
    group = (("khien.rule", watch.name),)
    return Alert(
        id=AlertId.of(
            rule_id=rule.id,
            rule_version=rule.version,
            dataset=dataset,
            group=list(group),
            window_start_us=eviction.since_us,
            first_event_id=eviction.event_id,
        ),
        dataset=dataset,
        rule=rule,
        severity=rule.level.severity,
        group=Group(fields=("khien.rule",), values=(watch.rule.name,)),
        window=Window(start_us=eviction.since_us, end_us=eviction.since_us),
        first_us=eviction.since_us,
        last_us=eviction.last_us,
        hits=eviction.count,
        event_ids=(eviction.event_id,),
        event_count=eviction.count,
        complete=is_complete,
        explanation=Explanation(
            # Different keys of groups are what is counted.
            kind="value_count",
            condition=f"groups of {watch.rule.name} > {most_groups}",
            threshold=f"> {most_groups}",
            observed=most_groups + 1,
        ),
    )


def _rule(watch: Watch, eviction: correlate.Eviction, most_groups: int) -> AlertRule:
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
