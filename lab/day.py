"""The lab day's order of events: ordinary life, then the acts one after the other, then ordinary life again."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.command import LabError
from lab.key import Act, NearMiss, Window
from lab.ordinary import NEAR_MISSES, EverydayLife
from lab.scenario import ACTS, BESIDE
from lab.world import World

ACT_NAMES = frozenset(act.name for act in (*ACTS, BESIDE))
_AGAIN_AFTERWARDS = ("ssh-mistyped-password", "ssh-maintenance", "question", "content-network", "upload-of-papers")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much time the parts take, in seconds."""

    before: float
    between_acts: float
    settle: float
    after: float


FULL = Pace(before=150.0, between_acts=4.0, settle=15.0, after=65.0)
SHORT = Pace(before=20.0, between_acts=1.0, settle=1.0, after=5.0)


@dataclass(slots=True)
class Diary:
    """What happened when, by the machine's own clock."""

    acts: list[tuple[Act, Window]] = field(default_factory=list)
    near_misses: list[tuple[NearMiss, Window]] = field(default_factory=list)
    ordinary: list[Window] = field(default_factory=list)
    whole: Window = field(default_factory=lambda: Window("whole", 0, 0))


def _now_us() -> int:
    return time.time_ns() // 1000


def _timed(name: str, perform: Callable[[World], None], world: World) -> Window:
    start = _now_us()
    perform(world)
    return Window(name, start, _now_us())


def _act(act: Act, world: World, *, say: Callable[[str], None]) -> tuple[Act, Window]:
    say(f"act {act.name}: {act.title.en}")

    def perform_and_settle(on: World) -> None:
        act.perform(on)
        # What a host still writes about the act's last connection belongs to the act.
        time.sleep(2.0)

    return act, _timed(act.name, perform_and_settle, world)


def _ordinary_part(
    name: str, world: World, *, seconds: float, chosen: tuple[NearMiss, ...], diary: Diary, say: Callable[[str], None]
) -> None:
    start = _now_us()
    begun = time.monotonic()
    for number, near in enumerate(chosen, start=1):
        say(f"ordinary ({name}): {near.title.en}")
        diary.near_misses.append((near, _timed(near.name, near.perform, world)))
        time.sleep(max(0.0, begun + seconds * number / (len(chosen) + 1) - time.monotonic()))
    time.sleep(max(0.0, begun + seconds - time.monotonic()))
    diary.ordinary.append(Window(name, start, _now_us()))


def _acts_part(world: World, *, pace: Pace, chosen: frozenset[str], say: Callable[[str], None]) -> list[tuple[Act, Window]]:
    done = []
    beside = _Beside(BESIDE, world, say=say) if BESIDE.name in chosen else None
    if beside is not None:
        beside.start()
    for act in ACTS:
        if act.name in chosen:
            done.append(_act(act, world, say=say))
            time.sleep(pace.between_acts)
    if beside is not None:
        done.append(beside.result())
    return done


class _Beside(threading.Thread):
    """The act that goes on while others happen; `result` joins it."""

    def __init__(self, act: Act, world: World, *, say: Callable[[str], None]) -> None:
        super().__init__(name=act.name)
        self._act, self._world, self._say = act, world, say
        self._done: tuple[Act, Window] | None = None

    def run(self) -> None:
        self._done = _act(self._act, self._world, say=self._say)

    def result(self) -> tuple[Act, Window]:
        self.join()
        if self._done is None:
            message = f"act {self._act.name} failed"
            raise LabError(message)
        return self._done


def live_through(world: World, *, pace: Pace, say: Callable[[str], None], chosen: frozenset[str] = ACT_NAMES) -> Diary:
    """Plays the day, with the chosen acts, and returns what happened when.

    Raises LabError when ordinary life broke down or an act failed.
    """
    diary = Diary()
    life = EverydayLife(world)
    start = _now_us()
    life.start()
    try:
        _ordinary_part("before", world, seconds=pace.before, chosen=NEAR_MISSES, diary=diary, say=say)
        diary.acts += _acts_part(world, pace=pace, chosen=chosen, say=say)
        time.sleep(pace.settle)
        again = tuple(near for near in NEAR_MISSES if near.name in _AGAIN_AFTERWARDS)
        _ordinary_part("after", world, seconds=pace.after, chosen=again, diary=diary, say=say)
    finally:
        failures = life.stop()
    if failures:
        message = f"ordinary life broke down: {'; '.join(failures)}"
        raise LabError(message)
    diary.whole = Window("whole", start, _now_us())
    return diary
