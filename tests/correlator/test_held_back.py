"""What a correlator tells of what it holds back is what its journal, its counters and its refused alerts say."""

from __future__ import annotations

from dataclasses import replace

from correlator.held_back import MOST_HASHES, chain, held_back
from correlator.tuning.entry import DAY_US, Entry, Kind
from correlator.tuning.journal import Action, Change, State
from incident_api.held_back.schemas import PublishHeldBack
from khien.alert import Alert, AlertRule, Explanation, Group, Level, Window

HEAD = "a" * 64
ENTRY = Entry(
    id="T0001", kind=Kind.EXCEPTION, rule_id="r", rule_name="r", owner="lan", reason="the weekly scan of the IT office",
    created_us=0, expires_us=DAY_US, when={"source.ip": ("10.1.2.3",)},
)  # fmt: skip
RULE = AlertRule(id="r", version="1", name="r", title={"en": "r"}, description={"en": "r"}, level=Level.HIGH)
ALERT = Alert(
    id="f" * 32, dataset="live", rule=RULE, severity=3, group=Group(), window=Window(start_us=0, end_us=0), first_us=1, last_us=2,
    hits=3, event_ids=(), event_count=3, complete=True, explanation=Explanation(kind="event", condition="c"),
)  # fmt: skip


def state(*entries: Entry, fault: str | None = None) -> State:
    changes = tuple(Change(number, "", "lan", Action.ADD, one, HEAD) for number, one in enumerate(entries, start=1))
    return State(entries={one.id: one for one in entries}, changes=changes, head=HEAD, fault=fault)


def test_the_incident_api_understands_it_and_finds_owner_reason_end_and_count() -> None:
    gone = replace(ENTRY, id="T0002", kind=Kind.SUPPRESSION, by=("source.ip",), when=None, window_us=7, approved_by="minh")
    found = state(ENTRY, gone)
    document = held_back(
        found, hits={"T0001": 4, "T0002": 9}, without_rule=["T0002"], refused=[(ALERT, ["store", "incident_api"])],
        refused_total=1, now_us=5,
    )  # fmt: skip
    report = PublishHeldBack.model_validate({"held_back": document, "chain": chain(found)}).held_back
    assert [(one.id, one.hidden, one.in_force, one.has_rule) for one in report.entries] == [
        ("T0002", 9, True, False),
        ("T0001", 4, True, True),
    ]
    assert (report.entries[1].owner, report.entries[1].reason, report.entries[1].expires_us) == ("lan", ENTRY.reason, DAY_US)
    assert (report.journal.seq, report.journal.head) == (2, HEAD)
    assert (report.refused[0].refused_by, report.refused[0].title.vi) == (["incident_api", "store"], "r")


def test_an_expired_entry_is_told_as_expired_behind_those_in_force() -> None:
    later = replace(ENTRY, id="T0002", expires_us=9 * DAY_US)
    entries = held_back(
        state(ENTRY, later), hits={"T0001": 99}, without_rule=[], refused=[], refused_total=0, now_us=DAY_US
    )["entries"]  # fmt: skip
    assert [(one["id"], one["in_force"]) for one in entries] == [("T0002", True), ("T0001", False)]


def test_however_long_texts_are_the_report_is_taken() -> None:
    """Attackers write what is in alerts, and people what is in reasons."""
    long = replace(ENTRY, owner="x" * 9_000, reason="y" * 90_000, when={"a" * 900: ("z" * 90_000,) * 3})
    rule = RULE.model_copy(update={"name": "n" * 9_000, "title": {"en": "t" * 9_000, "vi": "t" * 9_000}})
    many = [(ALERT.model_copy(update={"rule": rule}), ["store"])] * 500
    found = state(*(replace(long, id=f"T{number:04d}") for number in range(2_500)))
    document = held_back(found, hits={}, without_rule=[], refused=many, refused_total=500, now_us=5)
    report = PublishHeldBack.model_validate({"held_back": document, "chain": chain(found)})
    assert (len(report.held_back.entries), report.held_back.entries_omitted) == (2_000, 500)
    assert (len(report.held_back.refused), report.held_back.refused_total) == (200, 500)
    assert len(report.chain) == MOST_HASHES
