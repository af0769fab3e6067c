"""Nothing leaves above its TLP: every recipient that the rules and the city can name × every marking, against a table by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.incidents.models import Incident
from incident_api.notifications import outbox, telling
from incident_api.notifications.states import State
from incident_api.organisation import contacts
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import Page, give_log_ins
from tests.incident_api.notifications.house import NOTICE, Recorder, drain, house, put, rows, states

ORDER = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
MARKINGS = (*ORDER, "PURPLE", "", "amber", "TLP:CLEAR")
STRICT, AMBER, GREEN, CLEAR = "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"

#: By hand from coordination design, section 8, and clearances of the example city; the subject is nobody's own system.
EXPECTED = {
    # The duty telephone is no person with a clearance.
    "irt.duty": AMBER,
    "irt.": STRICT,
    "police.": STRICT,
    "city_police": STRICT,
    "mps": STRICT,
    "city_pc_office": AMBER,
    "pc_office.": AMBER,
    "national_centre": AMBER,
    "military_partner": AMBER,
    "provider": AMBER,
    "cipher_issuer": AMBER,
    "gov_office_peer": AMBER,
    "pd_authority": AMBER,
    "controller": AMBER,
    "owner": GREEN,
    "unit.": GREEN,
    "holder.unit": AMBER,
    "specialised_unit": AMBER,
    # Desks of other units than the case's: who tells the data subjects, who keeps the file.
    "data_subjects": GREEN,
    "file": GREEN,
    "ops.": GREEN,
    "auditor": GREEN,
    "sysadmin": GREEN,
}


@pytest.fixture
def runtime(tmp_path: Path, clock: ManualClock) -> Iterator[Runtime]:
    with house(tmp_path, clock) as made:
        give_log_ins(made)
        yield made


def everybody(runtime: Runtime) -> list[str]:
    names = contacts.recipients_of(runtime.organisation, runtime.policy.policy)
    entries = [entry.id for entry in runtime.organisation.contacts]
    return sorted({*names, *runtime.organisation.people, *entries, "stranger", "stranger.intake", "owner:nowhere"})


def expected(name: str) -> str:
    found = [ceiling for prefix, ceiling in EXPECTED.items() if name.startswith(prefix)]
    return found[0] if found else ""


@pytest.mark.parametrize("recipient", ["irt.duty", "irt.leader", "city_police.duty", "city_pc_office", "owner:vp-ubnd"])
def test_what_the_rules_owe_in_a_case_of_amber_is_not_withheld(runtime: Runtime, recipient: str) -> None:
    """The other side of the ceiling: who must be told is told."""
    put(runtime, recipient=recipient, subject=f"incident/{opened(runtime)}")
    drain(runtime, mail=Recorder())
    assert rows(runtime)[-1].state == State.SENT


@pytest.mark.timeout(180)
def test_no_recipient_gets_a_word_above_its_ceiling(runtime: Runtime) -> None:
    people = everybody(runtime)
    assert len(people) > 60
    with runtime.database.write() as session:
        for number, name in enumerate(people):
            for marking in MARKINGS:
                key = f"tlp/{number}/{marking}"
                notice = replace(NOTICE, key=key, recipient=name, subject="system-free/1", tlp=marking, urgency="M1")
                outbox.put(runtime, session, notice, now_us=runtime.clock.now_us())
    mail = Recorder()
    drain(runtime, mail=mail)
    left = {(message.recipient, message.tlp) for _, message in mail.sent}
    assert len(left) > 150
    for name, marking in left:
        assert marking in ORDER, name
        # A unit that owns nothing of the case is another unit; who is not in the table by hand is the public.
        most = expected(name) or (GREEN if _is_unit(runtime, name) else CLEAR)
        assert ORDER.index(marking) <= ORDER.index(most), (name, marking)
    for row in rows(runtime):
        assert row.state in {State.SENT, State.WITHHELD, State.NO_ENDPOINT}
        if row.state == State.SENT:
            assert (row.recipient, row.tlp) in left
        if row.state == State.WITHHELD:
            assert row.reason is not None
            assert row.reason.startswith(f"TLP:{row.tlp} > TLP:")


def test_what_was_withheld_is_on_record_with_the_reason(runtime: Runtime) -> None:
    put(runtime, recipient="unit.contact.p-an-binh", subject="system-free/1", tlp="RED")
    drain(runtime, mail=Recorder())
    assert states(runtime) == [State.WITHHELD]
    with runtime.database.read() as session:
        record = session.scalars(select(AuditRow).where(AuditRow.act == "notice.withheld")).one()
    assert record.after is not None
    assert record.after["why"] == "TLP:RED > TLP:GREEN"


def opened(runtime: Runtime, **changed: object) -> str:
    answer = Page(runtime, "irt.analyst.2").post("/incidents", {"title": "Sự cố", "assets": ["cong-tt"]})
    assert answer.status_code == 201, answer.text
    name = str(answer.json()["row"]["id"])
    with runtime.database.write() as session:
        incident = session.get_one(Incident, name)
        for field, value in changed.items():
            setattr(incident, field, value)
    return name


def test_the_marking_of_the_case_counts_even_when_it_rose_after_the_notice_was_put(runtime: Runtime) -> None:
    name = opened(runtime)
    put(runtime, recipient="city_police.intake", subject=f"incident/{name}", tlp="GREEN")
    with runtime.database.write() as session:
        session.get_one(Incident, name).tlp = "RED"
    mail = Recorder()
    drain(runtime, mail=mail)
    assert (mail.sent, rows(runtime)[-1].reason) == ([], "TLP:RED > TLP:AMBER+STRICT")


@pytest.mark.parametrize("recipient", ["irt.leader", "city_police.intake", "mps.intake", "owner:vp-ubnd", "unit.contact.p-an-binh"])
def test_of_a_state_secret_only_the_wish_for_a_secure_channel_leaves(runtime: Runtime, recipient: str) -> None:
    name = opened(runtime, flags=["secret"], tlp="RED", title="Lộ kế hoạch tối mật")
    values = {"incident": name, "title": "Lộ kế hoạch tối mật", "change": "Kế hoạch tối mật", "person": "irt.leader"}
    put(runtime, template="incident_changed", subject=f"incident/{name}", recipient=recipient, values=values, tlp="RED")
    mail = Recorder()
    drain(runtime, mail=mail)
    ((_, message),) = mail.sent
    everything = f"{message.subject} {message.text} {message.short} {message.items}"
    assert "kênh bảo mật" in message.text
    for word in ("tối mật", name, "irt.leader:", "http"):
        assert word not in everything


def test_accounts_are_masked_for_another_body_and_not_for_the_team(runtime: Runtime) -> None:
    name = opened(runtime, tlp="AMBER")
    values = {"incident": name, "title": "Lộ CCCD 079203001234 của an.nguyen@bensen.example", "change": "x", "person": "y"}
    for number, recipient in enumerate(("city_police.intake", "mps.intake", "irt.leader")):
        put(runtime, key=f"k{number}", template="incident_changed", subject=f"incident/{name}", recipient=recipient, values=values)
    mail = Recorder()
    drain(runtime, mail=mail)
    texts = {message.recipient: message.text for _, message in mail.sent}
    assert "079203001234" in texts["irt.leader"]
    for outside in ("city_police.intake", "mps.intake"):
        assert "079203001234" not in texts[outside]
        assert "an.nguyen@" not in texts[outside]
    # A key per recipient: two bodies cannot compare their pseudonyms.
    assert texts["city_police.intake"] != texts["mps.intake"]


def test_the_key_of_pseudonyms_is_made_once_and_is_nobodys_else(runtime: Runtime) -> None:
    path = runtime.settings.home.incident_api / "pseudonyms.key"
    first = telling.key_of(runtime, "mps.intake")
    assert path.stat().st_mode & 0o077 == 0
    telling._master.cache_clear()
    assert telling.key_of(runtime, "mps.intake") == first != telling.key_of(runtime, "city_police.intake")


def _is_unit(runtime: Runtime, name: str) -> bool:
    """A unit, its functions, and what it keeps for others: the registry of files, the desk that writes to data subjects."""
    kept = {entry.id for entry in runtime.organisation.contacts if entry.unit is not None}
    return name in kept or any(name.startswith(f"{unit}.") or name == unit for unit in runtime.organisation.units)
