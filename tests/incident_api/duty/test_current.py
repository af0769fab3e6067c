"""The rota in force: who began a shift keeps it, files are taken over or refused, every process sees the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from incident_api.duty import current, importing
from incident_api.duty.models import DutyOverride, DutyShiftRow, DutyState, RotaVersion
from incident_api.duty.rota import Rota
from incident_api.duty.wall import DAY_US, HOUR_US
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import START_US, city

ACTOR = Actor.job("test")
HOUR = HOUR_US


def put_instead(runtime: Runtime, person: str, *, seat: str, start_us: int, end_us: int) -> None:
    """An override, straight into the store."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session, current.changing(runtime, session, now_us=now):
        session.add(
            DutyOverride(
                seat=seat,
                person=person,
                mode="instead",
                start_us=start_us,
                end_us=end_us,
                reason="x",
                state="active",
                made_by="x",
                made_us=now,
                version=1,
            )
        )


def holders(runtime: Runtime, at_us: int, *, seat: str = "analyst-web") -> list[str]:
    with runtime.database.read() as session:
        return [each.person for each in current.roster(runtime, session).shifts_at(at_us) if each.seat == seat]


def test_a_shift_that_has_begun_ends_now_and_what_follows_is_a_shift_of_its_own(runtime: Runtime, clock: ManualClock) -> None:
    with runtime.database.read() as session:
        (before,) = [each for each in current.roster(runtime, session).shifts_at(START_US) if each.seat == "analyst-web"]
    assert (before.person, before.end_us - before.start_us) == ("irt.analyst.2", 12 * HOUR)
    clock.advance(seconds=3600)
    now = clock.now_us()
    put_instead(runtime, "irt.analyst.3", seat="analyst-web", start_us=before.start_us, end_us=before.end_us)
    with runtime.database.read() as session:
        found = [each for each in current.between(runtime, session, before.start_us, before.end_us) if each.seat == "analyst-web"]
    assert [(each.person, each.start_us, each.end_us) for each in found] == [
        ("irt.analyst.2", before.start_us, now),
        ("irt.analyst.3", now, before.end_us),
    ]


def test_a_shift_that_goes_on_as_it_was_is_left_alone_by_a_change_elsewhere(runtime: Runtime, clock: ManualClock) -> None:
    with runtime.database.read() as session:
        before = current.roster(runtime, session).shifts_at(START_US)
    clock.advance(seconds=60)
    put_instead(runtime, "irt.analyst.1", seat="analyst-mail", start_us=START_US + 40 * HOUR, end_us=START_US + 41 * HOUR)
    with runtime.database.read() as session:
        assert current.roster(runtime, session).shifts_at(START_US + 60_000_000) == before


def test_a_new_rota_does_not_change_who_was_on_duty_last_week(runtime: Runtime, clock: ManualClock) -> None:
    clock.advance(seconds=7 * 86_400)
    last_week = [START_US + step * 5 * HOUR for step in range(30)]
    was = [holders(runtime, at) for at in last_week]
    turned = _with_members(runtime.organisation.rota, "analyst-web", ("irt.analyst.3", "irt.analyst.1", "irt.analyst.2"))
    with runtime.database.write() as session:
        importing.put_in_force(runtime, session, turned, actor=ACTOR, now_us=clock.now_us())
    assert [holders(runtime, at) for at in last_week] == was
    ahead = [clock.now_us() + step * 12 * HOUR for step in range(3)]
    assert [holders(runtime, at)[0] for at in ahead] != [holders_by_file(runtime, at) for at in ahead]


def holders_by_file(runtime: Runtime, at_us: int) -> str:
    return next(each.person for each in runtime.organisation.rota.shifts_at(at_us) if each.seat == "analyst-web")


def _with_members(rota: Rota, layer: str, members: tuple[str, ...]) -> Rota:
    layers = [each.model_dump() | ({"members": members} if each.id == layer else {}) for each in rota.layers]
    return Rota.model_validate(rota.model_dump() | {"version": "2", "layers": layers})


def test_what_is_stored_is_what_memory_says_from_fifteen_days_ago_to_half_a_year_ahead(
    runtime: Runtime, clock: ManualClock
) -> None:
    put_instead(runtime, "irt.analyst.1", seat="analyst-mail", start_us=START_US + 40 * HOUR, end_us=START_US + 41 * HOUR)
    clock.advance(seconds=3 * 86_400)
    with runtime.database.write() as session:
        current.store_final(runtime, session, now_us=clock.now_us())
    low, high = START_US - 15 * DAY_US, clock.now_us() + 180 * DAY_US
    with runtime.database.read() as session:
        rows = session.scalars(select(DutyShiftRow)).all()
        stored = sorted((row.start_us, row.seat, row.person, row.end_us) for row in rows)
        said = current.roster(runtime, session).between(low, high)
    assert sorted((each.start_us, each.seat, each.person, each.end_us) for each in said if each.start_us < high) == stored
    assert min(row[0] for row in stored) == low
    assert len(stored) > 2000


def test_storing_again_changes_nothing(runtime: Runtime, clock: ManualClock) -> None:
    with runtime.database.write() as session:
        current.store_final(runtime, session, now_us=clock.now_us())
    with runtime.database.read() as session:
        before = {row.id: row.end_us for row in session.scalars(select(DutyShiftRow))}
    with runtime.database.write() as session:
        current.store_final(runtime, session, now_us=clock.now_us())
    with runtime.database.read() as session:
        assert {row.id: row.end_us for row in session.scalars(select(DutyShiftRow))} == before


def test_the_past_stays_however_often_it_is_frozen(runtime: Runtime, clock: ManualClock) -> None:
    """Hour by hour a job stores the rota and somebody changes it; what was said of an hour as it passed is said of it later."""
    said = []
    for hour in range(36):
        if hour % 5 == 0:
            put_instead(
                runtime,
                f"irt.analyst.{1 + hour % 3}",
                seat="analyst-web",
                start_us=clock.now_us(),
                end_us=clock.now_us() + 3 * HOUR,
            )
        with runtime.database.write() as session:
            current.store_final(runtime, session, now_us=clock.now_us())
        said.append((clock.now_us() + 1, holders(runtime, clock.now_us() + 1)))
        clock.advance(seconds=3600)
    put_instead(runtime, "irt.analyst.6", seat="analyst-web", start_us=START_US, end_us=clock.now_us() + HOUR)
    assert [(at, holders(runtime, at)) for at, _ in said] == said
    assert holders(runtime, clock.now_us()) == ["irt.analyst.6"]


def test_a_rota_with_a_hole_is_refused_by_layer_day_and_hour_and_the_one_before_stays(runtime: Runtime, clock: ManualClock) -> None:
    rota = runtime.organisation.rota
    layers = [each.model_dump(by_alias=True) for each in rota.layers]
    for layer in layers:
        if layer["id"] == "shift-lead":
            layer["weekdays"] = (1, 2, 3, 4, 5, 6)
    holed = Rota.model_validate(rota.model_dump() | {"version": "2", "layers": layers})
    with pytest.raises(KhienError) as refused, runtime.database.write() as session:
        importing.put_in_force(runtime, session, holed, actor=ACTOR, now_us=clock.now_us())
    text = refused.value.sentence("vi")
    assert "29/11/2026 00:00" in text
    assert "30/11/2026 00:00" in text
    assert "shift-lead" in text
    with runtime.database.read() as session:
        assert current.rota(session).version == rota.version
        assert len(session.scalars(select(RotaVersion)).all()) == 1


def test_a_start_with_a_holed_file_keeps_the_rota_before_and_says_so(tmp_path: Path, clock: ManualClock) -> None:
    with city(tmp_path, clock=clock):
        pass
    path = tmp_path / "example" / "rota.yaml"
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("id: police-duty,", 'id: police-duty, end: "2026-12-01T00:00",'), encoding="utf-8")
    with city(tmp_path, clock=clock) as again, again.database.read() as session:
        state = session.get_one(DutyState, 1)
        assert state.refusal is not None
        assert state.refusal["code"] == "duty.hole"
        assert current.rota(session).version == "2026-11-23"
        assert [
            each.person for each in current.roster(again, session).shifts_at(START_US + 30 * DAY_US) if each.role == "police.duty"
        ]


def test_a_first_start_with_a_holed_file_is_no_start(tmp_path: Path, clock: ManualClock) -> None:
    with city(tmp_path, clock=clock, log_ins=False):
        pass
    (tmp_path / "home").rename(tmp_path / "before")
    path = tmp_path / "example" / "rota.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("id: leader,", 'id: leader, end: "2026-12-01T00:00",'), encoding="utf-8"
    )
    with pytest.raises(KhienError, match="hole"), city(tmp_path, clock=clock, log_ins=False):
        pass


def test_two_processes_see_one_rota(tmp_path: Path, clock: ManualClock) -> None:
    with city(tmp_path, clock=clock) as one, city(tmp_path, clock=clock) as other:
        assert holders(other, START_US + 2 * DAY_US) != ["irt.analyst.6"]
        put_instead(one, "irt.analyst.6", seat="analyst-web", start_us=START_US + DAY_US, end_us=START_US + 3 * DAY_US)
        assert holders(other, START_US + 2 * DAY_US) == ["irt.analyst.6"]


def test_the_versions_name_the_revision(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        assert current.roster(runtime, session).version == "2026-11-23"
    put_instead(runtime, "irt.analyst.1", seat="analyst-mail", start_us=START_US + 40 * HOUR, end_us=START_US + 41 * HOUR)
    with runtime.database.read() as session:
        assert current.roster(runtime, session).version == "2026-11-23+2"


def test_a_turn_is_the_same_whenever_it_is_said_to_have_begun(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        shift = current.roster(runtime, session).shifts_at(START_US)[0]
    assert replace(shift, start_us=shift.start_us + 1).goes_on_as(shift)
    assert not replace(shift, end_us=shift.end_us - 1).goes_on_as(shift)
