"""The outbox: told once, dropped when the cause ends, and nothing put that could not be told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from incident_api.notifications import outbox, states, templates
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.states import State
from incident_api.runtime import Runtime
from incident_api.stream.models import StreamRow
from khien.errors import KhienError
from tests.incident_api.city import START_US

NOTICE = outbox.Notice(
    key="obligation/7/50",
    subject="obligation/7",
    template="obligation_overdue",
    recipient="irt.analyst.2",
    channel="app",
    urgency="high",
    values={
        "incident": "SC-2026-0007",
        "duty_vi": "Thông báo ban đầu",
        "duty_en": "Initial notice",
        "party_vi": "Công an thành phố",
        "party_en": "City Police",
        "due": "24/11/2026 09:00",
    },
    tlp="AMBER",
    simulated=False,
)


def put(runtime: Runtime, notice: outbox.Notice) -> int | None:
    with runtime.database.write() as session:
        return outbox.put(runtime, session, notice, now_us=START_US)


def rows(runtime: Runtime) -> list[NoticeRow]:
    with runtime.database.read() as session:
        return list(session.scalars(select(NoticeRow).order_by(NoticeRow.id)))


def test_the_same_step_is_told_once_per_recipient_and_channel(runtime: Runtime) -> None:
    assert put(runtime, NOTICE) is not None
    assert put(runtime, NOTICE) is None
    assert put(runtime, replace(NOTICE, channel="second")) is not None
    assert put(runtime, replace(NOTICE, recipient="irt.leader")) is not None
    assert len(rows(runtime)) == 3


def test_a_notice_for_the_page_reaches_the_live_stream_of_that_person_only(runtime: Runtime) -> None:
    put(runtime, NOTICE)
    with runtime.database.read() as session:
        (event,) = session.scalars(select(StreamRow).where(StreamRow.kind == "notification"))
    assert (event.person, event.object_id) == ("irt.analyst.2", "7")
    assert rows(runtime)[0].state == State.DELIVERED


def test_a_party_has_no_page_and_is_told_by_its_first_channel(runtime: Runtime) -> None:
    put(runtime, replace(NOTICE, recipient="city_police.intake"))
    (row,) = rows(runtime)
    assert (row.channel, row.state) == ("first", State.NO_ENDPOINT)


def test_an_exercise_tells_nobody(runtime: Runtime) -> None:
    for channel in ("app", "first", "second", "voice"):
        put(runtime, replace(NOTICE, channel=channel, simulated=True))
    assert {row.state for row in rows(runtime)} == {State.SIMULATED}
    with runtime.database.read() as session:
        assert session.scalars(select(StreamRow).where(StreamRow.kind == "notification")).all() == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"template": "no_such_text"}, "notice.unknown_template"), ({"values": {"incident": "x"}}, "notice.values_missing")],
)
def test_what_could_not_be_told_is_not_put(runtime: Runtime, changed: dict[str, object], code: str) -> None:
    with pytest.raises(KhienError) as refused:
        put(runtime, replace(NOTICE, **changed))  # type: ignore[arg-type]  # one field of the notice
    assert refused.value.code == code
    assert rows(runtime) == []


def test_every_template_exists_in_both_languages_with_its_three_blocks() -> None:
    environment = templates.sandbox()
    assert len(templates.names()) >= 15
    for name in templates.names():
        for language in templates.LANGUAGES:
            source = (templates.FOLDER / f"{name}.{language}.txt").read_text(encoding="utf-8")
            assert set(environment.from_string(source).blocks) == set(templates.BLOCKS), name
        templates.needed(name)


def test_the_table_of_states_names_every_state() -> None:
    assert set(states.TABLE) == set(State)
    assert not states.may_follow(State.RECEIPTED, State.SENDING)
