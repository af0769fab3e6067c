"""The sender: at least once with one key, never lost, never after it was withdrawn, never to the wrong eyes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from incident_api.alerts.models import TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.escalation.ticker import tick
from incident_api.notifications import outbox, sender, sending
from incident_api.notifications.channels.channel import Message
from incident_api.notifications.states import State
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, give_log_ins, post
from tests.incident_api.notifications.house import NOTICE, Recorder, busy, drain, house, put, refused, rows, states


@pytest.fixture
def runtime(tmp_path: Path, clock: ManualClock) -> Iterator[Runtime]:
    with house(tmp_path, clock) as made:
        yield made


def test_a_notice_goes_to_the_address_of_the_day_and_says_so(runtime: Runtime) -> None:
    put(runtime)
    assert states(runtime) == [State.QUEUED]
    mail = Recorder()
    assert drain(runtime, mail=mail) == 1
    ((address, message),) = mail.sent
    (row,) = rows(runtime)
    assert (row.state, row.attempts, row.via, row.address) == (State.SENT, 1, "mail", address)
    assert address.endswith("@bensen.example")
    assert message.subject == "[TLP:AMBER] [QUÁ HẠN] SC-2026-0007: Thông báo ban đầu gửi Công an thành phố"
    assert drain(runtime, mail=mail) == 0


def test_what_the_server_puts_off_is_tried_again_later_with_the_same_key(runtime: Runtime, clock: ManualClock) -> None:
    put(runtime)
    keys: list[str] = []
    mail = Recorder(answers=[busy(), busy()], before=lambda message: keys.append(message.key))
    drain(runtime, mail=mail)
    assert states(runtime) == [State.FAILED]
    assert drain(runtime, mail=mail) == 0
    for _ in range(2):
        clock.advance(seconds=601)
        drain(runtime, mail=mail)
    assert states(runtime) == [State.SENT]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert rows(runtime)[0].attempts == 3


def test_a_final_refusal_is_dead_on_record_and_not_tried_again(runtime: Runtime, clock: ManualClock) -> None:
    put(runtime)
    mail = Recorder(answers=[refused()])
    drain(runtime, mail=mail)
    clock.advance(seconds=7200)
    drain(runtime, mail=mail)
    (row,) = rows(runtime)
    assert (row.state, row.reason, mail.sent) == (State.DEAD, "550 no such user", [])
    with runtime.database.read() as session:
        assert session.scalars(select(AuditRow).where(AuditRow.act == "notice.dead")).one().object == f"notice/{row.id}"
    assert verify(runtime).is_whole


def test_a_channel_that_never_answers_is_given_up_after_a_day_and_seen(runtime: Runtime, clock: ManualClock) -> None:
    put(runtime)
    mail = Recorder(answers=[busy() for _ in range(1000)])
    for _ in range(60):
        drain(runtime, mail=mail)
        clock.advance(seconds=1801)
    assert states(runtime) == [State.DEAD]
    assert 40 <= rows(runtime)[0].attempts <= 60


def test_after_the_cause_ended_nothing_leaves(runtime: Runtime) -> None:
    put(runtime)
    with runtime.database.write() as session:
        assert outbox.withdraw(session, NOTICE.subject, now_us=runtime.clock.now_us()) == 1
    mail = Recorder()
    assert drain(runtime, mail=mail) == 0
    assert (states(runtime), mail.sent) == ([State.WITHDRAWN], [])


def test_what_is_withdrawn_between_claim_and_sending_does_not_leave(runtime: Runtime, clock: ManualClock) -> None:
    put(runtime)
    sender.plan_due(runtime, now_us=clock.now_us())
    (held,) = sending.claim(runtime, via="mail", now_us=clock.now_us())
    with runtime.database.write() as session:
        outbox.withdraw(session, NOTICE.subject, now_us=clock.now_us())
    mail = Recorder()
    assert sending.deliver(runtime, mail, held) is None
    assert (states(runtime), mail.sent) == ([State.WITHDRAWN], [])


def test_what_is_withdrawn_while_the_channel_takes_it_is_recorded_as_having_left(runtime: Runtime, clock: ManualClock) -> None:
    put(runtime)

    def meanwhile(_message: Message) -> None:
        with runtime.database.write() as session:
            outbox.withdraw(session, NOTICE.subject, now_us=clock.now_us())

    drain(runtime, mail=Recorder(before=meanwhile))
    (row,) = rows(runtime)
    assert (row.state, row.reason) == (State.SENT, "withdrawn_while_it_left")


def test_ack_stops_everything(runtime: Runtime, clock: ManualClock) -> None:
    """Taking, closing: zero further notices by any channel, whatever was queued, failed or claimed."""
    give_log_ins(runtime)
    runtime.notifications = runtime.notifications.model_copy(update={"ladder": {"M1": ("mail",)}})
    post(runtime, alert(1, level=Level.CRITICAL, asset="lan-p-an-binh", unit="p-an-binh"))
    mail = Recorder(answers=[busy()])
    drain(runtime, mail=mail)
    clock.advance(seconds=300)
    tick(runtime)
    sender.plan_due(runtime, now_us=clock.now_us())
    assert State.FAILED in states(runtime)
    assert State.QUEUED in states(runtime)
    with runtime.database.read() as session:
        group = session.scalars(select(TriageGroup)).one()
    Page(runtime, "irt.analyst.2").act(group.id, "take")
    before = len(mail.sent)
    for _ in range(30):
        clock.advance(seconds=300)
        tick(runtime)
        drain(runtime, mail=mail)
    assert len(mail.sent) == before
    assert set(states(runtime)) == {State.DELIVERED, State.WITHDRAWN}


def test_what_taking_withdrew_is_told_after_all_once_the_taking_is_undone(runtime: Runtime, clock: ManualClock) -> None:
    give_log_ins(runtime)
    runtime.notifications = runtime.notifications.model_copy(update={"ladder": {"M1": ("mail",)}})
    post(runtime, alert(1, level=Level.CRITICAL, asset="lan-p-an-binh", unit="p-an-binh"))
    waiting = [(row.key, row.recipient) for row in rows(runtime) if row.state == State.QUEUED]
    with runtime.database.read() as session:
        group = session.scalars(select(TriageGroup)).one()
    page, mail = Page(runtime, "irt.analyst.2"), Recorder()
    clock.advance(seconds=1)
    page.act(group.id, "take")
    drain(runtime, mail=mail)
    assert (State.QUEUED in states(runtime), mail.sent) == (False, [])
    clock.advance(seconds=30)
    assert page.act(group.id, "undo").status_code == 200
    again = [(row.key, row.recipient) for row in rows(runtime) if row.state == State.QUEUED]
    assert again == waiting != []
    drain(runtime, mail=mail)
    drain(runtime, mail=mail)
    assert len(mail.sent) == len(waiting)


def test_two_senders_at_once_send_each_message_once(runtime: Runtime) -> None:
    for number in range(40):
        put(runtime, key=f"step/{number}", urgency="M1")
    first, second = Recorder(), Recorder()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda mail: drain(runtime, mail=mail), (first, second)))
    keys = [message.key for _, message in first.sent + second.sent]
    assert len(keys) == len(set(keys)) == 40
    assert set(states(runtime)) == {State.SENT}


def test_a_sender_that_died_is_followed_when_its_lease_ran_out_with_the_same_key(runtime: Runtime, clock: ManualClock) -> None:
    put(runtime)
    sender.plan_due(runtime, now_us=clock.now_us())
    (held,) = sending.claim(runtime, via="mail", now_us=clock.now_us())
    mail = Recorder()
    assert drain(runtime, mail=mail) == 0
    clock.advance(seconds=151)
    drain(runtime, mail=mail)
    assert [message.key for _, message in mail.sent] == [held.bundle]
    # The dead one wakes up: it holds nothing any more.
    assert sending.deliver(runtime, mail, held) is None
    assert len(mail.sent) == 1


def test_a_storm_becomes_one_message_and_the_gravest_never_waits(runtime: Runtime, clock: ManualClock) -> None:
    mail = Recorder()
    for number in range(5):
        put(runtime, key=f"step/{number}")
    drain(runtime, mail=mail)
    assert [len(message.items) for _, message in mail.sent] == [1]
    assert mail.sent[0][1].text.count("SC-2026-0007") == 1
    for number in range(5, 9):
        put(runtime, key=f"step/{number}", values=dict(NOTICE.values) | {"incident": f"SC-2026-{number:04}"})
    put(runtime, key="step/m1", urgency="M1")
    drain(runtime, mail=mail)
    assert [message.urgency for _, message in mail.sent] == ["high", "M1"]
    clock.advance(seconds=120)
    drain(runtime, mail=mail)
    assert len(mail.sent) == 3
    assert {item.title.split()[2] for item in mail.sent[2][1].items} == {f"SC-2026-{number:04}:" for number in range(5, 9)}
    assert mail.sent[2][1].subject.startswith("[TLP:AMBER] 4 thông báo: ")


def test_when_one_way_is_final_the_next_of_the_ladder_is_tried(tmp_path: Path, clock: ManualClock) -> None:
    two = {"channels": {"mail": _row(), "relay": _row()}}
    with house(tmp_path, clock, **two) as runtime:
        put(runtime)
        mail, relay = Recorder(answers=[refused()]), Recorder()
        drain(runtime, mail=mail, relay=relay)
        drain(runtime, mail=mail, relay=relay)
        assert (mail.sent, len(relay.sent), states(runtime)) == ([], 1, [State.SENT])


def test_who_has_no_address_is_named_and_tried_again_when_there_is_one(runtime: Runtime, clock: ManualClock) -> None:
    put(runtime, recipient="nobody.at.all")
    drain(runtime, mail=Recorder())
    (row,) = rows(runtime)
    assert (row.state, row.reason) == (State.NO_ENDPOINT, "contact.unknown")
    assert row.next_at_us == clock.now_us() + 600_000_000


def test_an_exercise_never_reaches_a_channel(runtime: Runtime) -> None:
    for channel in ("app", "first", "second", "voice"):
        put(runtime, channel=channel, simulated=True)
    mail = Recorder()
    assert drain(runtime, mail=mail) == 0
    assert (mail.sent, set(states(runtime))) == ([], {State.SIMULATED})


def test_a_restart_loses_nothing(tmp_path: Path, clock: ManualClock) -> None:
    with house(tmp_path, clock) as before:
        put(before)
        sender.plan_due(before, now_us=clock.now_us())
        sending.claim(before, via="mail", now_us=clock.now_us())
    clock.advance(seconds=151)
    with house(tmp_path, clock) as after:
        mail = Recorder()
        drain(after, mail=mail)
        assert len(mail.sent) == 1


def _row() -> dict[str, object]:
    return {"type": "smtp", "host": "127.0.0.1", "port": 1, "security": "none", "sender": "khien@bensen.example"}


def test_a_commit_wakes_the_sender_and_a_channel_that_hangs_keeps_no_other_waiting(tmp_path: Path, clock: ManualClock) -> None:
    hanging, released, arrived = threading.Event(), threading.Event(), threading.Event()

    def hang(_message: Message) -> None:
        hanging.set()
        released.wait(20)

    two = {"channels": {"mail": _row(), "sms": {"type": "modem", "device": "/dev/null"}}}
    with house(tmp_path, clock, **two) as runtime:
        mail, sms = Recorder(before=hang), Recorder(before=lambda _message: arrived.set())
        running = sender.Sender(runtime, {"mail": mail, "sms": sms})
        running.start()
        try:
            put(runtime, urgency="M1")
            assert hanging.wait(20)
            put(runtime, urgency="M1", key="step/2", channel="second")
            assert arrived.wait(20)
        finally:
            released.set()
            running.stop()
        assert [len(mail.sent), len(sms.sent)] == [1, 1]
