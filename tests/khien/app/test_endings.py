"""How a command ends when a person or the system ends it: real processes, real signals, real pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from khien.app.command import EXIT_BROKEN_PIPE, EXIT_INTERRUPTED
from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame

ROOT = Path(__file__).resolve().parents[3]
RECORDING = str(ROOT / "lab" / "recording" / "capture.pcapng")
KHIEN = [sys.executable, "-m", "khien", "--language", "en"]
CAPTURE = pcap_bytes([(float(number), udp_frame(dns_query(f"a{number}.example"))) for number in range(3_000)])
#: A quiet machine needs half a second; a busy one gets time, but never as much as waiting for the other end would take.
SECONDS = 15.0


def interrupt(process: subprocess.Popen[bytes]) -> float:
    """Ctrl-C once the reader's thread is there; seconds until the end."""
    until = time.monotonic() + 10
    while time.monotonic() < until and process.poll() is None and len(os.listdir(f"/proc/{process.pid}/task")) < 2:  # noqa: PTH208
        time.sleep(0.02)
    time.sleep(0.3)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(timeout=SECONDS)
    return time.monotonic() - begin


@pytest.mark.parametrize("sent", [b"", CAPTURE[:10], CAPTURE[:20_000]], ids=["nothing", "half a header", "some packets"])
def test_ctrl_c_ends_a_capture_that_does_not_come(sent: bytes) -> None:
    with subprocess.Popen([*KHIEN, "read", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(sent)
        process.stdin.flush()
        interrupt(process)
        assert process.returncode == EXIT_INTERRUPTED
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


def test_ctrl_c_ends_a_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    fifo = tmp_path / "capture.fifo"
    os.mkfifo(fifo)
    with subprocess.Popen([*KHIEN, "read", str(fifo)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        interrupt(process)
        assert process.returncode == EXIT_INTERRUPTED


def test_a_capture_comes_through_a_pipe(tmp_path: Path) -> None:
    fifo = tmp_path / "capture.fifo"
    os.mkfifo(fifo)
    with subprocess.Popen([*KHIEN, "read", str(fifo), "--json"], stdout=subprocess.PIPE) as process:
        fifo.write_bytes(CAPTURE)
        said, _ = process.communicate(timeout=SECONDS * 4)
    assert process.returncode == 0
    assert orjson.loads(said)["packets"] == 3_000


def test_comparing_what_can_be_read_only_once_is_refused(tmp_path: Path) -> None:
    fifo = tmp_path / "capture.fifo"
    os.mkfifo(fifo)
    for name in (str(fifo), "-"):
        ran = subprocess.run(
            [*KHIEN, "read", name, "--compare", "tshark"], capture_output=True, check=False, text=True, input="", timeout=20
        )
        assert ran.returncode == 3
        assert ran.stderr.startswith(f"khien: error input.not_regular: `{name}` is a device or a pipe, not a file")


@pytest.mark.parametrize(
    "arguments",
    [
        ["read", RECORDING],
        ["read", RECORDING, "--json"],
        ["read", RECORDING, "--events", "-"],
        ["read", RECORDING, "--events", "/dev/stdout"],
        ["read", "/nowhere/x.pcap", "--json"],
        ["formats"],
        ["formats", "--json"],
        ["rules", "check", str(ROOT / "rules" / "linux" / "ssh"), "--json"],
    ],
    ids=" ".join,
)
def test_every_verb_ends_as_a_broken_pipe_does_when_its_reader_has_gone(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run([*KHIEN, *arguments], stdout=writer, stderr=subprocess.PIPE, check=False, text=True, timeout=25)
    finally:
        os.close(writer)
    assert ran.returncode == EXIT_BROKEN_PIPE == 128 + signal.SIGPIPE
    assert "nowhere" in ran.stderr or ran.stderr == ""


def closed(*numbers: int) -> Callable[[], None]:
    """What a shell does for `>&-`."""

    def close() -> None:
        for number in numbers:
            os.close(number)

    return close


@pytest.mark.parametrize("arguments", [["read", RECORDING], ["read", RECORDING, "--json"], ["formats"]], ids=" ".join)
def test_a_closed_output_is_a_sentence(arguments: list[str]) -> None:
    ran = subprocess.run([*KHIEN, *arguments], stderr=subprocess.PIPE, check=False, text=True, preexec_fn=closed(1))
    assert ran.returncode == 7
    assert ran.stderr.startswith("khien: error output.closed: Standard output is closed")


def test_a_closed_input_is_a_sentence() -> None:
    ran = subprocess.run([*KHIEN, "read", "-"], capture_output=True, check=False, text=True, preexec_fn=closed(0))
    assert ran.returncode == 3
    assert ran.stderr.startswith("khien: error input.closed: Standard input is closed")


def test_nothing_is_said_into_a_file_that_took_the_place_of_closed_streams(tmp_path: Path) -> None:
    target = tmp_path / "events.jsonl"
    command = [*KHIEN, "read", RECORDING, "--events", str(target)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=False, preexec_fn=closed(0, 2))
    assert (ran.returncode, ran.stdout) == (0, b"")
    assert all(orjson.loads(line)["event"]["dataset"] for line in target.read_bytes().splitlines())
