"""One exception or suppression: for which rule, of what, by whom, why and until when."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from khien.clock import MICROSECONDS, format_utc, parse_utc
from khien.errors import KhienError
from khien.schema.field import FieldType, load_schema

DAY_US = 86_400 * MICROSECONDS
#: Nobody remembers a reason for longer; who still needs it renews it.
LONGEST_DAYS = 90
#: A repeated alert that is a week old is a new one.
LONGEST_SUPPRESSION_US = 7 * DAY_US
_SHORTEST_TEXT = 3
_SHORTEST_REASON = 10
_NARROWEST_PREFIX = {4: 16, 6: 32}
_MODIFIERS = frozenset({"cidr", "contains", "startswith", "endswith", "cased"})
#: What a stranger chooses by himself: an exception on nothing else would be his way around the rule.
_CHOSEN_BY_ATTACKER = re.compile(
    r"(user_agent|url|http|email|smtp|tls\.client|dns\.question|ssh\.client|message|event\.original|process\.(command_line|args)"
    r"|file\.(name|path))(\.|$)"
)


class Kind(StrEnum):
    """An exception makes no alert; a suppression makes one and counts the others into it."""

    EXCEPTION = "exception"
    SUPPRESSION = "suppression"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was decided.

    `when`: of an exception Sigma field items; all must hold. `by`, `window_us`: of a suppression what makes alerts the same,
    and for how long. `version` grows with every renewal; `true_cases`: the rule's cases that were replayed before activation.
    """

    id: str
    kind: Kind
    rule_id: str
    rule_name: str
    owner: str
    reason: str
    created_us: int
    expires_us: int
    version: int = 1
    when: Mapping[str, tuple[str, ...]] | None = None
    by: tuple[str, ...] = ()
    window_us: int = 0
    approved_by: str | None = None
    true_cases: int = 0

    def is_active(self, now_us: int) -> bool:
        """Whether it still counts."""
        return now_us < self.expires_us

    def as_json(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "rule_id": self.rule_id,
            "rule_name": self.rule_name,
            "owner": self.owner,
            "reason": self.reason,
            "created": format_utc(self.created_us),
            "expires": format_utc(self.expires_us),
            "version": self.version,
            "when": None if self.when is None else {field: list(values) for field, values in self.when.items()},
            "by": list(self.by),
            "window_us": self.window_us,
            "approved_by": self.approved_by,
            "true_cases": self.true_cases,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Entry:
        """The entry of a journal line. Raises KeyError, TypeError or ValueError for what is none."""
        when = document["when"]
        return cls(
            id=str(document["id"]),
            kind=Kind(document["kind"]),
            rule_id=str(document["rule_id"]),
            rule_name=str(document["rule_name"]),
            owner=str(document["owner"]),
            reason=str(document["reason"]),
            created_us=parse_utc(document["created"]),
            expires_us=parse_utc(document["expires"]),
            version=int(document["version"]),
            when=None if when is None else {str(field): tuple(map(str, values)) for field, values in when.items()},
            by=tuple(map(str, document["by"])),
            window_us=int(document["window_us"]),
            approved_by=document["approved_by"],
            true_cases=int(document["true_cases"]),
        )


def check(entry: Entry, *, is_critical: bool) -> None:
    """What every entry owes. Raises KhienError `tuning.*`."""
    if not entry.owner.strip() or len(" ".join(entry.reason.split())) < _SHORTEST_REASON:
        raise KhienError("tuning.no_reason")
    days = (entry.expires_us - entry.created_us) // DAY_US
    if not 1 <= days <= LONGEST_DAYS:
        raise KhienError("tuning.expiry", days=days, most=LONGEST_DAYS)
    if is_critical and (not entry.approved_by or entry.approved_by.strip().casefold() == entry.owner.strip().casefold()):
        raise KhienError("tuning.second_person", rule=entry.rule_name)
    if entry.kind is Kind.SUPPRESSION:
        if not entry.by or not 0 < entry.window_us <= LONGEST_SUPPRESSION_US:
            raise KhienError("tuning.suppression", hours=LONGEST_SUPPRESSION_US // (3_600 * MICROSECONDS))
        return
    if not entry.when:
        raise KhienError("tuning.no_condition")
    for item, values in entry.when.items():
        _check_item(item, values)
    if all(_CHOSEN_BY_ATTACKER.match(item.partition("|")[0]) for item in entry.when):
        raise KhienError("tuning.attacker_chosen", fields=", ".join(entry.when))


def check_fields(entry: Entry, fields: Collection[str]) -> None:
    """Each field is one of the rule's or one that events have: of another the exception would take nothing, and nobody would know.

    Raises KhienError `tuning.unknown_field`.
    """
    for item in entry.when or ():
        field = item.partition("|")[0]
        if field not in fields and load_schema().find(field) is None:
            raise KhienError("tuning.unknown_field", field=field, rule=entry.rule_name)


def _check_item(item: str, values: tuple[str, ...]) -> None:
    field, *modifiers = item.split("|")
    if not field or not values or not set(modifiers) <= _MODIFIERS:
        raise KhienError("tuning.condition", item=item, allowed=", ".join(sorted(_MODIFIERS)))
    for value in values:
        if "cidr" in modifiers:
            _check_network(item, value)
        elif _is_address(field) and (set(modifiers) - {"cased"} or set(value) & set("*?")):
            raise KhienError("tuning.address_part", item=item, value=value, field=field)
        elif _is_wide(value, is_part=bool(set(modifiers) - {"cased"})):
            raise KhienError("tuning.too_wide", item=item, value=value)


def _is_address(field: str) -> bool:
    """Whether networks say how wide an exception is: the beginning of an address as text would be any network."""
    known = load_schema().find(field)
    return known is not None and known.type is FieldType.IP


def _is_wide(value: str, *, is_part: bool) -> bool:
    literal = value.replace("*", "").replace("?", "").strip()
    is_pattern = is_part or literal != value.strip()
    return not literal or (is_pattern and len(literal) < _SHORTEST_TEXT)


def _check_network(item: str, value: str) -> None:
    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise KhienError("tuning.condition", item=item, allowed=str(error)) from error
    if network.prefixlen < _NARROWEST_PREFIX[network.version]:
        raise KhienError("tuning.too_wide", item=item, value=value)
