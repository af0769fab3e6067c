"""The live source on the loopback interface, and the privileges it gives up. Needs CAP_NET_RAW."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from khien_engine import EngineError
from khien_engine.packet import LiveReader, PacketSettings

from tests.engine.packet.conftest import dns_query

WAIT_SECONDS = 10.0


@pytest.fixture
def reader() -> Iterator[LiveReader]:
    try:
        opened = LiveReader("lo", PacketSettings(source="lo", interim_interval=0))
    except EngineError as error:
        pytest.skip(f"no live capture here ({error}); run as root or with CAP_NET_RAW")
    yield opened
    opened.close()


def queries(reader: LiveReader) -> Iterator[dict[str, Any]]:
    for batch in reader:
        for line in batch.lines.splitlines():
            event = orjson.loads(line)
            if event["event"]["action"] == "dns-query":
                yield event


def test_a_datagram_is_told_once_soon_after_it_was_sent(reader: LiveReader) -> None:
    name = f"live-{time.time_ns()}.vn"
    stop = threading.Timer(WAIT_SECONDS, reader.stop)
    stop.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(dns_query(name), ("127.0.0.1", 53))
    found = next(event for event in queries(reader) if event["dns"]["question"]["name"] == name)
    stop.cancel()
    reader.stop()
    # Frames on the loopback interface pass twice; the second time is not told.
    assert all(event["dns"]["question"]["name"] != name for event in queries(reader))
    assert found["khien"]["source"] == "lo"
    stats = reader.stats()
    assert stats["is_finished"]
    assert stats["read"] == stats["decoded"] + sum(stats["undecoded"].values()) >= 1
    assert (stats["kernel_packets"] or 0) >= 1


def test_an_interface_that_is_not_there_is_named() -> None:
    with pytest.raises(EngineError) as raised:
        LiveReader("nosuch0", PacketSettings())
    assert raised.value.code == "capture.no_interface"
    assert raised.value.params == {"interface": "nosuch0"}


DROPPING = """
from khien_engine import EngineError
from khien_engine.packet import LiveReader, PacketSettings
reader = LiveReader("lo", PacketSettings(), drop_to="nobody")
status = open("/proc/self/status").read()
for name in ("CapPrm", "CapEff", "NoNewPrivs", "Uid"):
    print(name, status.split(name + ":")[1].split()[0])
try:
    LiveReader("lo", PacketSettings())
except EngineError as error:
    print(error.code)
reader.stop()
print("ended", sum(batch.count for batch in reader) >= 0)
"""


@pytest.mark.usefixtures("reader")
def test_after_the_drop_no_capability_is_left_and_capture_goes_on() -> None:
    done = subprocess.run([sys.executable, "-c", DROPPING], capture_output=True, text=True, timeout=20, check=False)
    lines = done.stdout.splitlines()
    assert lines[:3] == ["CapPrm 0000000000000000", "CapEff 0000000000000000", "NoNewPrivs 1"], done.stderr
    assert lines[3] != "Uid 0"
    assert lines[4:] == ["capture.not_permitted", "ended True"]
