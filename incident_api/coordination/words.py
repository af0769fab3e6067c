"""The rules in words: what a condition, a due time and a recipient say, in both languages; for people who sign."""

from __future__ import annotations

from typing import Any

from incident_api.coordination.case import Bound, CaseCondition, Clock
from incident_api.coordination.explanation import ROLES
from incident_api.coordination.obligations import Due, ObligationRule
from incident_api.coordination.organisation import Text
from incident_api.coordination.periodic import PeriodicDuty
from incident_api.coordination.policy import Condition, Policy
from khien.alert import Level

CLOCKS: dict[Clock, Text] = {
    Clock.DETECTED: Text(vi="kể từ khi phát hiện", en="after detection"),
    Clock.CLASSIFIED: Text(vi="kể từ khi xác định mức độ hoặc dấu hiệu", en="after the class or flag was set"),
    Clock.PERSONAL_DATA: Text(vi="kể từ khi biết dữ liệu cá nhân bị ảnh hưởng", en="after personal data were known to be affected"),
    Clock.RECOVERED: Text(vi="kể từ khi khôi phục", en="after recovery"),
    Clock.RECEIVED: Text(vi="kể từ khi nhận yêu cầu", en="after the request was received"),
}
MEANS: dict[str, Text] = {
    "voice": Text(vi="bằng điện thoại", en="by voice"),
    "writing": Text(vi="bằng văn bản", en="in writing"),
    "message": Text(vi="bằng tin báo", en="by message"),
    "file": Text(vi="lưu hồ sơ", en="to the file"),
}
#: Persons of a body that recipients name behind the point.
ENDPOINTS: dict[str, Text] = {
    "head": Text(vi="người đứng đầu", en="head"),
    "deputy": Text(vi="cấp phó", en="deputy"),
    "approver": Text(vi="người phê duyệt", en="approver"),
    "dpo": Text(vi="cán bộ bảo vệ dữ liệu cá nhân", en="data-protection officer"),
    "admin": Text(vi="quản trị", en="administrator"),
    "contact": Text(vi="đầu mối", en="contact"),
    "duty": Text(vi="trực ban", en="duty officer"),
    "leader": Text(vi="đội trưởng", en="leader"),
    "intake": Text(vi="nơi tiếp nhận", en="intake"),
    "investigator": Text(vi="điều tra viên", en="investigator"),
    "unit": Text(vi="đơn vị", en="unit"),
}
ASSET_FLAGS: dict[str, Text] = {
    "military": Text(vi="quốc phòng", en="defence"),
    "city_portal": Text(vi="cổng thông tin thành phố", en="city portal"),
}
LEVELS: dict[Level, Text] = {
    Level.LOW: Text(vi="thấp", en="low"),
    Level.MEDIUM: Text(vi="trung bình", en="medium"),
    Level.HIGH: Text(vi="cao", en="high"),
    Level.CRITICAL: Text(vi="nghiêm trọng", en="critical"),
}
_EVERY: dict[str, Text] = {
    "month": Text(vi="hằng tháng", en="every month"),
    "half_year": Text(vi="sáu tháng một lần", en="every half year"),
    "year": Text(vi="hằng năm", en="every year"),
}
_UNITS = {"minutes": ("phút", "minutes"), "hours": ("giờ", "hours"), "days": ("ngày", "days")}


def due(found: Due) -> Text:
    """Such as "24 giờ kể từ khi phát hiện"."""
    unit, number = next((name, value) for name in _UNITS if (value := getattr(found, name)) is not None)
    clock, classes = CLOCKS[found.clock], f" ({', '.join(found.classes)})" if found.classes else ""
    return Text(vi=f"{number} {_UNITS[unit][0]} {clock.vi}{classes}", en=f"{number} {_UNITS[unit][1]} {clock.en}{classes}")


def recipient(policy: Policy, name: str) -> Text:
    """The body, and the person there; an owner is named by its unit."""
    party_id, _, endpoint = name.partition(".")
    party_id, _, unit = party_id.partition(":")
    party = policy.parties.get(party_id)
    if party is None:
        return Text(vi=name, en=name)
    body = Text(vi=f"{party.name.vi} {unit}", en=f"{party.name.en} {unit}") if unit else party.name
    if not endpoint:
        return body
    person = ENDPOINTS.get(endpoint, Text(vi=endpoint, en=endpoint))
    return Text(vi=f"{body.vi} ({person.vi})", en=f"{body.en} ({person.en})")


def condition(policy: Policy, found: CaseCondition) -> Text:
    """What must hold, in one sentence; "always" when nothing is asked."""
    parts: list[tuple[str, str]] = []
    if found.classes:
        parts.append((f"mức {' hoặc '.join(found.classes)}", f"class {' or '.join(found.classes)}"))
    flags = [policy.severity.flags[each].text for each in found.flags]
    if flags:
        parts.append((" hoặc ".join(each.vi for each in flags), " or ".join(each.en for each in flags)))
    without = [policy.severity.flags[each].text for each in found.without_flags]
    if without:
        parts.append((f"không: {', '.join(each.vi for each in without)}", f"not: {', '.join(each.en for each in without)}"))
    if found.any_flag:
        parts.append(("có bất kỳ dấu hiệu đặc biệt nào", "any flag"))
    parts += _systems(found)
    for name, wanted in found.facts.items():
        question, said = policy.severity.facts[name], _answer(wanted)
        choices = wanted if isinstance(wanted, tuple) else (wanted,)
        named = [question.choices[each] for each in choices if isinstance(each, str) and each in question.choices]
        words = (" / ".join(each.vi for each in named), " / ".join(each.en for each in named)) if named else said
        parts.append((f"{question.text.vi}: {words[0]}", f"{question.text.en}: {words[1]}"))
    if not parts:
        return Text(vi="luôn luôn", en="always")
    return Text(vi="; ".join(vi for vi, _ in parts), en="; ".join(en for _, en in parts))


def _systems(found: CaseCondition | Condition) -> list[tuple[str, str]]:
    """What a condition asks of the systems."""
    parts: list[tuple[str, str]] = []
    flags = [ASSET_FLAGS.get(each, Text(vi=each, en=each)) for each in found.asset_flags]
    if flags:
        parts.append((f"hệ thống {' hoặc '.join(each.vi for each in flags)}", f"{' or '.join(each.en for each in flags)} system"))
    if found.asset_level_at_least is not None:
        parts.append((f"cấp độ {found.asset_level_at_least} trở lên", f"level {found.asset_level_at_least} and above"))
    if found.asset_level_at_most is not None:
        parts.append((f"cấp độ {found.asset_level_at_most} trở xuống", f"level {found.asset_level_at_most} and below"))
    return parts


def alert_condition(found: Condition) -> Text:
    """What an assignment rule asks of an alert."""
    parts: list[tuple[str, str]] = []
    levels = [LEVELS[each] for each in found.levels]
    if levels:
        parts.append((f"mức {' hoặc '.join(each.vi for each in levels)}", f"level {' or '.join(each.en for each in levels)}"))
    parts += _systems(found)
    if found.tags:
        parts.append((f"nhãn {' hoặc '.join(found.tags)}", f"tag {' or '.join(found.tags)}"))
    if found.units:
        parts.append((f"đơn vị {' hoặc '.join(found.units)}", f"unit {' or '.join(found.units)}"))
    return Text(vi="; ".join(vi for vi, _ in parts), en="; ".join(en for _, en in parts))


def role(name: str) -> Text:
    """A role as people call it."""
    vi, en = ROLES.get(name, (name, name))
    return Text(vi=vi, en=en)


def told(policy: Policy, name: str) -> Text:
    """Who is reminded: the person who has the work, a role, or a body."""
    if name == "assignee":
        return Text(vi="Người được phân công", en="The assignee")
    return role(name) if name in ROLES else recipient(policy, name)


def periodic(duty: PeriodicDuty) -> Text:
    """Such as "hằng năm, trước ngày 25/12"."""
    every = _EVERY[duty.every]
    if duty.after is not None:
        return Text(
            vi=f"{every.vi}, ngày {duty.after.day} của tháng sau hoặc ngày làm việc kế tiếp, {duty.after.time}",
            en=f"{every.en}, on day {duty.after.day} of the month after or the next working day, {duty.after.time}",
        )
    if duty.before is not None:
        month, day = duty.before.split("-")
        return Text(vi=f"{every.vi}, trước ngày {day}/{month}", en=f"{every.en}, before {day}/{month}")
    return Text(vi=f"{every.vi}, chậm nhất ngày cuối kỳ", en=f"{every.en}, by the last day of the period")


def alternatives(policy: Policy, found: tuple[CaseCondition, ...]) -> Text:
    """Any of these."""
    texts = [condition(policy, each) for each in found]
    return Text(vi=" — hoặc — ".join(each.vi for each in texts), en=" — or — ".join(each.en for each in texts))


def obligation(policy: Policy, rule: ObligationRule) -> Text:
    """An obligation in one sentence: what, to whom, by when."""
    groups = policy.obligations.groups
    to = [each.to for name in rule.to for each in groups.get(name, ())] + [name for name in rule.to if name not in groups]
    names = [recipient(policy, each) for each in dict.fromkeys(to)]
    times = [due(each) for each in rule.due]
    means = MEANS[rule.means]
    return Text(
        vi=f"{rule.text.vi}, {means.vi}: {', '.join(each.vi for each in names)}; {'; '.join(each.vi for each in times)}",
        en=f"{rule.text.en}, {means.en}: {', '.join(each.en for each in names)}; {'; '.join(each.en for each in times)}",
    )


def _answer(wanted: Any) -> tuple[str, str]:
    if isinstance(wanted, bool):
        return ("có", "yes") if wanted else ("không", "no")
    if isinstance(wanted, Bound):
        vi, en = [], []
        for value, words in (
            (wanted.at_least, ("từ {} trở lên", "{} and more")),
            (wanted.more_than, ("trên {}", "more than {}")),
            (wanted.at_most, ("đến {}", "up to {}")),
        ):
            if value is not None:
                vi.append(words[0].format(value))
                en.append(words[1].format(value))
        return ", ".join(vi), ", ".join(en)
    said = " / ".join(str(each) for each in wanted) if isinstance(wanted, tuple) else str(wanted)
    return said, said
