"""What comes late is evaluated again by the running correlator: in the end it says what it would have said in time."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from correlator import repairs
from correlator.checkpoint_schema import VERSION
from khien.errors import KhienError
from tests.conformance.correlation.repaired import said, standing
from tests.conformance.correlation.runner import by_definition, difference
from tests.conformance.correlation.vector import Vector, read
from tests.correlator.random_rules import SHAPES, catching_up, draw
from tests.correlator.stream import Plant, login

LIVE = [vector for vector in read() if vector.is_live]
BACKLOGS = [vector for vector in LIVE if "repair" in vector.needs]


@pytest.mark.parametrize("vector", LIVE, ids=lambda vector: vector.name)
def test_a_live_vector_ends_as_it_is_defined(vector: Vector, tmp_path: Path) -> None:
    assert difference(vector, standing(vector, tmp_path)) is None


@pytest.mark.parametrize("vector", BACKLOGS, ids=lambda vector: vector.name)
@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_piece_of_work_it_ends_the_same(
    vector: Vector, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs, "_PIECE_LINES", 1)
    chance = random.Random(seed)
    deaths = 0

    def dies() -> bool:
        nonlocal deaths
        is_dying = deaths < 20 and chance.random() < 0.4
        deaths += is_dying
        return is_dying

    assert difference(vector, standing(vector, tmp_path, dies=dies)) is None
    assert deaths > 2


def try_one(seed: str, shape: str, folder: Path, *, kills: bool) -> None:
    """One random rule, stream and backlog; the definition knows nothing of lateness."""
    chance = random.Random(seed)
    vector = catching_up(chance, draw(chance, shape))
    vector = replace(vector, expect=tuple(by_definition(vector)))
    folder.mkdir()
    deaths = iter(range(20))

    def dies() -> bool:
        return kills and chance.random() < 0.2 and next(deaths, None) is not None

    problem = difference(vector, standing(vector, folder, dies=dies))
    assert problem is None, f"seed {seed}\n{problem}\n{vector.rules}\n{vector.events}\n{vector.arrival}"


@pytest.mark.parametrize("shape", SHAPES)
def test_random_rules_over_random_backlogs(shape: str, tmp_path: Path) -> None:
    for number in range(3):
        try_one(f"{shape} late {number}", shape, tmp_path / str(number), kills=number == 2)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("shape", SHAPES)
def test_many_random_backlogs(shape: str, tmp_path: Path) -> None:
    for number in range(200):
        try_one(f"{shape} slow {number}", shape, tmp_path / str(number), kills=number % 2 == 1)


@pytest.mark.parametrize("vector", BACKLOGS, ids=lambda vector: vector.name)
def test_what_stands_is_complete_and_nothing_that_was_said_is_gone(vector: Vector, tmp_path: Path) -> None:
    found = said(vector, tmp_path)
    stands = [alert for alert in found if not alert.withdrawn and alert.superseded_by is None]
    assert all(alert.complete for alert in stands)
    over = {alert.id: alert.superseded_by for alert in found if alert not in stands}
    if vector.name == "backlog_withdraws":
        assert list(over.values()) == [None, None]
    if vector.name == "backlog_joins":
        assert set(over.values()) == {stands[0].id}
        assert set(stands[0].supersedes) == set(over)


def cut_off(plant: Plant) -> None:
    """`far` is silent for a minute while four of eight log-ins come from `gate`; then its backlog brings the other four."""
    plant.promise(-1, sensor="far")
    plant.promise(-1)
    plant.settle()
    for second in range(6, 66, 6):
        plant.promise(second)
        plant.settle(after=6)
    plant.events([login(60 + number) for number in range(1, 5)])
    plant.promise(70)
    plant.settle(after=6)
    plant.events([login(number) for number in range(4)], sensor="far")


def test_half_an_attack_in_a_backlog_is_one_complete_alert_when_it_is_in(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    cut_off(plant)
    plant.settle()
    assert plant.alerts() == []
    (gap,) = plant.correlator.gaps()["live"]
    assert (gap["sensor"], gap["repair_waits"], [one["how"] for one in gap["gaps"]]) == ("far", True, ["missing"])
    plant.promise(70, sensor="far")
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]
    assert plant.correlator.gaps() == {"live": []}
    matches = plant.correlator.ledger().matches
    assert (matches["late"], matches["repaired"]) == (4, 1)
    # The main lane goes on from there: the ninth makes the same alert grow.
    plant.events([login(71)])
    plant.promise(72)
    plant.promise(72, sensor="far")
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 9, True)]
    plant.close()


def test_a_stream_that_stays_behind_is_evaluated_again_after_a_minute_of_silence(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    cut_off(plant)
    plant.settle(after=59)
    assert plant.alerts() == []
    plant.settle(after=2)
    assert plant.alerts() == [("ssh_bruteforce", 8, False)]  # `far` has not said that this was all
    plant.close()


def test_a_backlog_waits_in_the_checkpoint_and_live_events_come_between_its_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs, "_PIECE_LINES", 1)
    plant = Plant(tmp_path)
    cut_off(plant)
    plant.promise(70, sensor="far")
    while not plant.correlator.ledger().matches.get("late"):
        plant.correlator.step()
    plant.correlator.step()
    plant.reopen()  # what the repair had read is lost, what it was to read is not
    for _ in range(2):
        plant.correlator.step()
    plant.events([login(71 + number / 10, address="203.0.113.8") for number in range(8)])
    plant.promise(73)
    plant.promise(73, sensor="far")
    plant.correlator.step()
    plant.correlator.step()
    plant.correlator.outbox.deliver()
    assert plant.alerts() == [("ssh_bruteforce", 8, True)]  # the live one; the repair has not ended
    assert "repairs" not in plant.correlator.ledger().matches
    plant.settle()
    assert plant.alerts() == [("ssh_bruteforce", 8, True)] * 2
    plant.close()


def test_the_checkpoint_of_the_version_before_is_refused_by_its_number(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    plant.close()
    connection = apsw.Connection(str(plant.home.correlator / "checkpoint.db"))
    connection.pragma("user_version", 2)
    connection.close()
    with pytest.raises(KhienError) as caught:
        Plant(tmp_path)
    assert (caught.value.code, caught.value.params["found"], VERSION) == ("correlation.state_version", 2, 3)
