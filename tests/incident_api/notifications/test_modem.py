"""SMS over a pty: parts, errors, silence, noise, a locked card, and answers that come back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from incident_api.alerts.models import TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.notifications import inbound, sender
from incident_api.notifications.channels import gsm, modem
from incident_api.notifications.channels.channel import Inbound, NotTaken
from incident_api.notifications.channels.modem import Modem, ModemSettings
from incident_api.notifications.models import ReplyCode
from incident_api.notifications.states import State
from incident_api.organisation import contacts
from incident_api.organisation.contacts import Contact
from incident_api.organisation.parts import Channel
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock, SystemClock
from tests.incident_api.city import alert, give_log_ins, post
from tests.incident_api.notifications.house import Recorder, drain, house, put, rows, states
from tests.incident_api.notifications.modem import FakeModem, fake_modem
from tests.incident_api.notifications.test_smtp import MESSAGE

NUMBER = "+84912345678"
SMS = {"type": "modem", "device": "/dev/null"}


@pytest.fixture
def fake() -> Iterator[FakeModem]:
    with fake_modem() as made:
        yield made


def channel(fake: FakeModem, folder: Path, **changed: Any) -> Modem:
    settings = ModemSettings.model_validate({"type": "modem", "device": fake.device} | changed)
    return Modem(settings, home=folder, clock=SystemClock(), opening=lambda: modem._serial(settings))


def test_a_message_leaves_as_a_pdu(fake: FakeModem, tmp_path: Path) -> None:
    sms = channel(fake, tmp_path)
    assert sms.send(replace(MESSAGE, short="hellohello"), address="0912345678").reference == "1"
    sms.close()
    assert fake.sent == [("23", "0011000B914819325476F80000A70AE8329BFD4697D9EC37")]


def test_vietnamese_letters_leave_as_ucs2_when_they_are_kept(fake: FakeModem, tmp_path: Path) -> None:
    sms = channel(fake, tmp_path, accents="keep")
    sms.send(replace(MESSAGE, short="Cảnh báo"), address=NUMBER)
    sms.close()
    ((_, pdu),) = fake.sent
    assert pdu.endswith("0008A710" + "Cảnh báo".encode("utf-16-be").hex().upper())


def test_a_long_message_leaves_in_parts_with_one_reference(fake: FakeModem, tmp_path: Path) -> None:
    sms = channel(fake, tmp_path)
    sms.send(replace(MESSAGE, short="x" * 300), address=NUMBER)
    sms.close()
    headers = [pdu[30:42] for _, pdu in fake.sent]
    assert headers == ["050003010201", "050003010202"]


def test_text_mode_numbers_its_parts(fake: FakeModem, tmp_path: Path) -> None:
    sms = channel(fake, tmp_path, mode="text", accents="keep")
    sms.send(replace(MESSAGE, short="ạ" * 100), address=NUMBER)
    sms.close()
    texts = [bytes.fromhex(text).decode("utf-16-be") for _, text in fake.sent]
    assert texts == ["1/2 " + "ạ" * 66, "2/2 " + "ạ" * 34]
    assert fake.sent[0][0] == '"' + NUMBER.encode("utf-16-be").hex().upper() + '"'


def test_lines_that_nobody_asked_for_are_no_answer(fake: FakeModem, tmp_path: Path) -> None:
    fake.noise = b"\r\n+CREG: 1\r\n\r\nRING\r\n\r\n^RSSI: 20\r\n"
    sms = channel(fake, tmp_path)
    assert sms.send(MESSAGE, address=NUMBER).reference == "1"
    sms.close()


@pytest.mark.parametrize(
    ("answer", "is_final"), [(b"+CMS ERROR: 42", False), (b"+CMS ERROR: 28", True), (b"ERROR", False), (b"+CMS ERROR: 500", False)]
)
def test_an_error_of_the_network_is_said_and_the_next_message_goes(
    fake: FakeModem, tmp_path: Path, answer: bytes, *, is_final: bool
) -> None:
    fake.on_send = [answer]
    sms = channel(fake, tmp_path)
    with pytest.raises(NotTaken) as refused:
        sms.send(MESSAGE, address=NUMBER)
    assert refused.value.is_final is is_final
    sms.send(MESSAGE, address=NUMBER)
    sms.close()
    assert len(fake.sent) == 1


def test_a_modem_that_falls_silent_is_given_up_and_opened_anew(
    fake: FakeModem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modem, "_SEND", 0.5)
    monkeypatch.setattr(modem, "_SHORT", 0.5)
    fake.on_send = [b"silence"]
    sms = channel(fake, tmp_path)
    with pytest.raises(NotTaken):
        sms.send(MESSAGE, address=NUMBER)
    fake.is_silent = True
    with pytest.raises(NotTaken):
        sms.send(MESSAGE, address=NUMBER)
    fake.is_silent = False
    sms.send(MESSAGE, address=NUMBER)
    sms.close()


def test_a_wrong_pin_is_tried_once_and_never_shown(fake: FakeModem, tmp_path: Path) -> None:
    fake.pin = "4711"
    (tmp_path / "pin").write_text("1234\n")
    (tmp_path / "pin").chmod(0o600)
    sms = channel(fake, tmp_path, pin_file="pin")
    for _ in range(4):
        with pytest.raises(NotTaken) as refused:
            sms.send(MESSAGE, address=NUMBER)
        assert "1234" not in refused.value.reason
    assert fake.pins_tried == ["1234"]
    (tmp_path / "pin").write_text("4711\n")
    sms.send(MESSAGE, address=NUMBER)
    sms.close()


def test_what_is_no_number_never_reaches_the_modem(fake: FakeModem, tmp_path: Path) -> None:
    sms = channel(fake, tmp_path)
    with pytest.raises(NotTaken) as refused:
        sms.send(MESSAGE, address='+84912345678";+CMGD=1,4')
    assert (refused.value.is_final, fake.commands) == (True, [])


@pytest.mark.parametrize("mode", ["pdu", "text"])
def test_answers_are_read_from_the_card_and_deleted_when_they_are_stored(fake: FakeModem, tmp_path: Path, mode: str) -> None:
    if mode == "pdu":
        pdu = gsm.report_pdu(NUMBER, "Nhận 1234", at=dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC))
        fake.card = {3: (f"0,,{len(pdu) // 2 - 1}", pdu), 7: ("0,,5", "this is no PDU")}
    else:
        number, text = (each.encode("utf-16-be").hex() for each in (NUMBER, "Nhận 1234"))
        fake.card = {3: (f'"REC UNREAD","{number}",,"26/11/23,09:00:00+28"', text)}
    sms = channel(fake, tmp_path, mode=mode)
    found = sms.received()
    assert (found[0].place, found[0].number, found[0].text) == ("3", NUMBER, "Nhận 1234")
    for each in found:
        sms.forget(each)
    assert fake.card == {}
    assert sms.received() == []
    sms.close()


@pytest.fixture
def runtime(tmp_path: Path, clock: ManualClock) -> Iterator[Runtime]:
    with house(tmp_path, clock, channels={"sms": SMS}, ladder={"M1": ("sms",)}) as made:
        give_log_ins(made)
        yield made


def alarmed(runtime: Runtime) -> tuple[TriageGroup, Recorder, str, str]:
    """A critical alert whose assignee got an SMS: group, channel, number, code."""
    post(runtime, alert(1, level=Level.CRITICAL, asset="lan-p-an-binh", unit="p-an-binh"))
    sms = Recorder()
    drain(runtime, sms=sms)
    with runtime.database.read() as session:
        group = session.scalars(select(TriageGroup)).one()
        code = session.scalars(select(ReplyCode)).one()
    ((address, message),) = sms.sent
    assert message.short.endswith(f"Trả lời: NHAN {code.code}")
    assert address == code.number
    return group, sms, code.number, code.code


def answer(runtime: Runtime, number: str, text: str, *, at: str = "1") -> str:
    return inbound.receive(runtime, via="sms", inbound=Inbound(place="1", number=number, text=text, sent_at=at))


def now(runtime: Runtime) -> TriageGroup:
    with runtime.database.read() as session:
        return session.scalars(select(TriageGroup)).one()


@pytest.mark.parametrize("words", ["NHAN {}", " Nhận {} nhé", "ok {}", "OK:{}"])
def test_an_answer_takes_the_alert_as_that_person_and_on_record(runtime: Runtime, words: str) -> None:
    group, sms, number, code = alarmed(runtime)
    assert answer(runtime, number, words.format(code)) == "taken"
    assert (now(runtime).state, now(runtime).assignee) == ("taken", group.assignee)
    with runtime.database.read() as session:
        record = session.scalars(select(AuditRow).where(AuditRow.act == "alert.take")).one()
    assert (record.actor, record.reason, record.capacity) == (group.assignee, "sms", "responder")
    drain(runtime, sms=sms)
    assert sms.sent[-1][1].short == f"Khiên: Đã ghi nhận: đ/c tiếp nhận cảnh báo {group.id}."
    assert State.RECEIPTED in states(runtime)
    assert verify(runtime).is_whole


def test_the_same_answer_twice_is_done_once(runtime: Runtime) -> None:
    _, _, number, code = alarmed(runtime)
    assert [answer(runtime, number, f"NHAN {code}") for _ in range(3)] == ["taken"] * 3
    assert answer(runtime, number, f"NHAN {code}", at="2") == "taken_again"
    with runtime.database.read() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.act == "alert.take")).all()) == 1


def test_only_the_number_that_got_the_code_may_answer_with_it(runtime: Runtime, clock: ManualClock) -> None:
    _, _, number, code = alarmed(runtime)
    wrong = "1000" if code != "1000" else "1001"
    for sender_number, text, outcome in (
        ("+84999999999", f"NHAN {code}", "unknown_code"),
        (number, f"NHAN {wrong}", "unknown_code"),
        (number, f"{code}", "not_understood"),
        (number, f"NHAN {code}5", "not_understood"),
        ("Viettel", f"NHAN {code}", "not_understood"),
    ):
        assert answer(runtime, sender_number, text) == outcome
    clock.advance(seconds=24 * 3600 + 1)
    assert answer(runtime, number, f"NHAN {code}", at="late") == "unknown_code"
    assert now(runtime).state == "new"


def test_a_number_that_is_no_longer_registered_takes_nothing(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, number, code = alarmed(runtime)

    def moved_away(*given: Any, **named: Any) -> Contact:
        return replace(resolve(*given, **named), channels=(Channel(kind="sms", address="+84999999999"),))

    resolve = contacts.resolve
    monkeypatch.setattr(contacts, "resolve", moved_away)
    assert answer(runtime, number, f"NHAN {code}") == "number_changed"
    assert now(runtime).state == "new"


def test_a_repeat_after_a_failure_carries_the_same_code(runtime: Runtime, clock: ManualClock) -> None:
    put(
        runtime,
        template="alert_assigned",
        subject="system/x",
        urgency="M1",
        values=dict.fromkeys(("group", "title", "level", "due"), "x"),
    )
    sms = Recorder(answers=[NotTaken("busy")])
    shorts: list[str] = []
    sms.before = lambda message: shorts.append(message.short)
    drain(runtime, sms=sms)
    clock.advance(seconds=300)
    drain(runtime, sms=sms)
    assert len(shorts) == 2
    assert len(set(shorts)) == 1
    assert rows(runtime)[0].state == State.SENT


def test_the_sender_stores_an_answer_before_the_modem_forgets_it(runtime: Runtime, fake: FakeModem, tmp_path: Path) -> None:
    _, _, number, code = alarmed(runtime)
    pdu = gsm.report_pdu(number, f"NHAN {code}", at=dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC))
    fake.card = {1: ("0,,20", pdu)}
    sms = channel(fake, tmp_path)
    assert sender.receive_all(runtime, sms, via="sms") == ["taken"]
    assert fake.card == {}
    sms.close()
