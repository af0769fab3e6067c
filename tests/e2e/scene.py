"""A scene for the page's tests: alerts as the correlator makes them, with the events behind them, hostile text included."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from khien.alert import Alert, AlertRule, Entity, EntityKind, EntityRole, Explanation, Group, Leaf, Level, Window
from khien.clock import format_utc
from khien.event import encode, stamp_reference

LAB = "exercise:lab"
SECOND_US = 1_000_000
#: What attackers write: an override of direction, a zero-width space, markup, a link.
HOSTILE_AGENT = "sqlmap/1.7\u202egnp.exe <script>alert(1)</script> http://evil.example/"
Kind = Literal["event", "event_count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One kind of attack: its rule and where it hits."""

    rule: str
    level: Level
    kind: Kind
    vi: str
    en: str
    target: str
    hits: int


ACTS = (
    Act(
        rule="ssh-password-guessing",
        level=Level.HIGH,
        kind="event_count",
        vi="Dò mật khẩu SSH từ một địa chỉ",
        en="SSH password guessing from one address",
        target="10.10.90.5",
        hits=37,
    ),
    Act(
        rule="portal-sql-injection",
        level=Level.HIGH,
        kind="event",
        vi="Chèn mã SQL vào cổng thông tin điện tử",
        en="SQL injection against the city portal",
        target="10.10.10.10",
        hits=4,
    ),
    Act(
        rule="web-shell-called",
        level=Level.CRITICAL,
        kind="event",
        vi="Gọi tệp nghi là mã độc webshell trong thư mục tải lên",
        en="A file in the upload folder was called like a web shell",
        target="10.10.10.10",
        hits=2,
    ),
    Act(
        rule="mail-password-guessing",
        level=Level.MEDIUM,
        kind="event_count",
        vi="Dò mật khẩu hộp thư (IMAP, SMTP)",
        en="Mailbox password guessing (IMAP, SMTP)",
        target="10.10.20.7",
        hits=22,
    ),
    Act(
        rule="port-scan",
        level=Level.LOW,
        kind="event_count",
        vi="Dò quét nhiều cổng trên một máy",
        en="Many ports of one host were probed",
        target="10.30.1.14",
        hits=64,
    ),
)

#: Systems of the example city; a rule on a system is one group of the queue.
ASSETS = ("cong-tt", "mail", "ttdl", "dvc", "qlvb", "kyso", "ad", "y-te", "dieu-hanh", "tich-hop", "lan-p-an-binh", "lan-so-nv")


def source_of(number: int) -> str:
    """An attacker's address (TEST-NET-2)."""
    return f"198.51.100.{number % 250 + 1}"


def first_seq(number: int) -> int:
    """Where the events of alert `number` begin in the stream; no alert has a thousand."""
    return number * 1_000 + 1


def events(number: int, *, act: Act, dataset: str, at_us: int, source: str) -> bytes:
    """The stamped lines of alert `number`: two seconds apart, the last at `at_us`."""
    lines = b"".join(encode(document) for document in _documents(act=act, at_us=at_us, source=source))
    stamped = stamp_reference(
        lines, sensor="gateway", epoch=1, first_seq=first_seq(number), dataset=dataset, ingested=format_utc(at_us), inventory=None
    )
    return stamped.lines


def _documents(*, act: Act, at_us: int, source: str) -> Iterator[dict[str, Any]]:
    for hit in range(act.hits):
        yield {
            "@timestamp": format_utc(at_us - (act.hits - 1 - hit) * 2 * SECOND_US),
            "event": {"dataset": "nginx.access", "category": ["web"], "kind": "event"},
            "source": {"ip": source, "port": 40_000 + hit},
            "destination": {"ip": act.target, "port": 443},
            "url": {"path": "/tai-len/anh_dai_dien.php", "query": "id=1' UNION SELECT usename,passwd FROM pg_shadow--"},
            "user_agent": {"original": HOSTILE_AGENT},
            "khien": {"schema": 1},
        }


def alert(number: int, *, act: Act, dataset: str, at_us: int, source: str, asset: str) -> Alert:
    """Alert `number` of the scene."""
    start_us = at_us - (act.hits - 1) * 2 * SECOND_US
    return Alert(
        id=hashlib.sha256(f"{act.rule} {dataset} {number} {at_us}".encode()).hexdigest()[:32],
        dataset=dataset,
        rule=_rule(act),
        severity=act.level.severity,
        group=Group(fields=("source.ip",), values=(source,)),
        window=Window(start_us=start_us, end_us=at_us),
        first_us=start_us,
        last_us=at_us,
        hits=act.hits,
        event_ids=tuple(f"gateway-1-{first_seq(number) + hit}" for hit in range(act.hits)),
        event_count=act.hits,
        entities=(
            Entity(kind=EntityKind.IP, value=source, role=EntityRole.SOURCE),
            Entity(kind=EntityKind.IP, value=act.target, role=EntityRole.TARGET),
            Entity(kind=EntityKind.DOMAIN, value="xn--80ak6aa92e.com", role=EntityRole.OBSERVED),
            Entity(kind=EntityKind.USER, value="quản\u200btrị", role=EntityRole.TARGET),
        ),
        assets=(asset,),
        units=("vp-ubnd",),
        sensors=("gateway",),
        complete=number % 4 != 0,
        explanation=_explanation(act),
    )


def _rule(act: Act) -> AlertRule:
    return AlertRule(
        id=act.rule,
        version="1",
        name=act.rule,
        title={"vi": act.vi, "en": act.en},
        description={
            "vi": "Nếu ngay sau đó có một lần đăng nhập thành công thì tài khoản có thể đã bị chiếm quyền điều khiển.",
            "en": "When a log-in succeeds soon after, the account may have been taken.",
        },
        level=act.level,
        tags=("attack.t1190",),
        false_positives={
            "vi": ("Máy kiểm thử mà đơn vị vận hành đã báo trước",),
            "en": ("A test machine that operations announced",),
        },
        triage={
            "vi": ("Tìm lần đăng nhập thành công từ cùng địa chỉ", "Hỏi đơn vị vận hành về địa chỉ nguồn"),
            "en": ("Look for a successful log-in from the same address", "Ask the operator about the source"),
        },
    )


def _explanation(act: Act) -> Explanation:
    leaves = (
        Leaf(selection="selection_union", field="url.query", expected="*union*select*", actual="id=1' UNION SELECT usename"),
        Leaf(selection="selection_agent", field="user_agent.original", expected="sqlmap*", actual=HOSTILE_AGENT),
    )
    if act.kind == "event":
        return Explanation(kind="event", condition="selection_union and selection_agent", leaves=leaves)
    return Explanation(
        kind="event_count",
        condition="selection_union and selection_agent",
        leaves=leaves,
        threshold="gte 10",
        observed=act.hits,
        timespan_us=120 * SECOND_US,
        members=({"en": act.rule, "vi": act.rule},),
    )
