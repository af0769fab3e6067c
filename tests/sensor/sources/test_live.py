"""Live packets: what the engine gives arrives, the clock promises, and stopping loses nothing that was known."""

from __future__ import annotations

import os
import queue
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import orjson
import pytest

from khien.clock import SystemClock
from khien.errors import KhienError
from sensor.sources.engine import open_interface
from sensor.sources.live import LiveInterface
from tests.sensor.plain_lines import plain_event
from tests.sensor.sources.collecting import running


@dataclass(frozen=True, slots=True)
class Batch:
    lines: bytes
    count: int
    last_time_us: int = 0


@dataclass(slots=True)
class FakePackets:
    """Gives what a test puts in; what is `known` comes out when it is stopped."""

    given: queue.Queue[Batch | KhienError | None] = field(default_factory=queue.Queue)
    known: Batch | None = None
    is_closed: bool = False

    def __iter__(self) -> Iterator[Batch]:
        while (batch := self.given.get()) is not None:
            if isinstance(batch, KhienError):
                raise batch
            yield batch

    def stats(self) -> Mapping[str, int]:
        return {"kernel.drops": 3}

    def stop(self) -> None:
        known, self.known = self.known, None
        self.given.put(known)
        self.given.put(None)

    def close(self) -> None:
        self.is_closed = True


def interface(packets: FakePackets) -> LiveInterface:
    return LiveInterface("eth0", name="eth0", open_interface=lambda _name: packets, clock=SystemClock())


def batch(*texts: str) -> Batch:
    return Batch(b"".join(map(plain_event, texts)), len(texts))


def test_a_silent_wire_still_promises_the_clock_less_a_second_with_its_counters() -> None:
    before_us = SystemClock().now_us()
    with running(interface(FakePackets())) as found:
        found.wait(lambda: any(batch.promise_us for batch in found.batches))
    promise = next(batch for batch in found.batches if batch.promise_us is not None)
    assert promise.promise_us is not None
    assert before_us - 1_000_000 <= promise.promise_us <= SystemClock().now_us() - 1_000_000
    assert promise.counters == {"kernel.drops": 3}


def test_what_is_known_of_living_flows_comes_out_when_it_stops() -> None:
    packets = FakePackets(known=batch("flow still alive"))
    packets.given.put(batch("first"))
    with running(interface(packets)) as found:
        found.wait(lambda: found.texts == ["first"])
    assert found.texts == ["first", "flow still alive"]
    assert packets.is_closed


def test_an_interface_that_goes_away_is_one_clear_error() -> None:
    packets = FakePackets()
    packets.given.put(KhienError("input.unreadable", path="eth0", reason="network is down"))
    with pytest.raises(KhienError, match="network is down"), running(interface(packets)) as found:
        found.wait(lambda: bool(found.batches))


def test_no_thread_is_left_behind() -> None:
    with running(interface(FakePackets())) as found:
        found.wait(lambda: bool(found.batches))
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("packets")]


def test_an_interface_that_does_not_exist_is_one_clear_error() -> None:
    with pytest.raises(KhienError):
        open_interface("no-such-if", source="x", user=None)


@pytest.mark.netns
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a raw socket on the loopback interface")
def test_a_real_interface_gives_the_packets_that_crossed_it() -> None:
    opened = partial(open_interface, source="lo", user=None)
    source = LiveInterface("lo", name="lo", open_interface=opened, clock=SystemClock())
    with running(source) as found, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(5):
            sender.sendto(b"hello", ("127.0.0.1", 40_404))
        found.wait(lambda: found.counter("decoded") >= 5)
    lines = b"".join(batch.lines for batch in found.batches).split(b"\n")[:-1]
    flows = [event for event in map(orjson.loads, lines) if event.get("destination", {}).get("port") == 40_404]
    assert flows
    assert flows[-1]["destination"]["ip"] == "127.0.0.1"
