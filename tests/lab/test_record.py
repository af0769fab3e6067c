"""The recorder itself: its refusals everywhere, and a short day with a sensor command where namespaces exist."""

import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lab import live, network, plan, record
from lab.command import LabError
from lab.frames import read_frames
from lab.verify import Recording

REPOSITORY = Path(__file__).resolve().parents[2]


def _why_no_lab() -> str | None:
    try:
        record.check_machine()
    except record.RefusedError as error:
        return str(error)
    return None


def _run(*words: str, user: str | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "lab.record", *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=170, user=user)


def test_without_root_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert record.main([]) == 77
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "root" in said
    assert said.count("\n") == 1


def test_a_missing_program_is_named_with_the_cure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def which(program: str, path: str | None = None) -> str | None:
        return None if program in {"nmap", "hydra"} else f"{path}/{program}"

    monkeypatch.setattr(shutil, "which", which)
    assert record.main([]) == 69
    assert capsys.readouterr().err == "error: not installed: nmap, hydra; run: lab/install-packages.sh\n"


@pytest.mark.parametrize("words", [["--live"], ["tcpdump"], ["--only", "earthquake"]])
def test_wrong_usage_ends_with_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        record.main(words)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_words_in_braces_are_replaced_and_other_braces_stay() -> None:
    known = {"interface": "tap0", "log:mail-mail": "/x/mail.log"}
    words = ["run", "--on={interface}", "{log:mail-mail}", '{"JSON": 1}']
    assert live.expand(words, known) == ["run", "--on=tap0", "/x/mail.log", '{"JSON": 1}']


def test_an_unknown_word_in_braces_is_named_with_the_known_ones() -> None:
    with pytest.raises(LabError, match=r"`\{log:mail\}` stands for nothing; known are interface"):
        live.expand(["{log:mail}"], {"interface": "tap0"})


def test_the_environment_has_the_same_values() -> None:
    assert live.environment({"log:portal-access": "/x"}) == {"KHIEN_LAB_LOG_PORTAL_ACCESS": "/x"}


class _Correlator(http.server.BaseHTTPRequestHandler):
    """Notes who asked for what."""

    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.client_address[0], self.path))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Nothing."""


@pytest.fixture
def correlator() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A server in the root namespace: its port, and what it was asked."""
    asked: list[tuple[str, str]] = []
    handler = type("Handler", (_Correlator,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("0.0.0.0", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join()


@pytest.mark.netns
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_short_live_day_is_recorded_seen_by_the_sensor_and_leaves_nothing_behind(
    tmp_path: Path, correlator: tuple[int, list[tuple[str, str]]]
) -> None:
    if reason := _why_no_lab():
        pytest.skip(reason)
    port, asked = correlator
    seen = tmp_path / "seen.pcap"
    # The sensor reaches the correlator; a lab host that tries the same must not.
    script = (
        f"(curl -sS --max-time 5 http://{{correlator}}:{port}/sensor && sleep 1 && touch {{ready}} && sleep 3; "
        f"ip netns exec {network.namespace('visitor')} curl -s --max-time 2 http://{{correlator}}:{port}/leak) & "
        f"exec tcpdump -i {{interface}} -s 0 -U -Z root -w {seen}"
    )
    output, key = tmp_path / "recording", tmp_path / "expected.yaml"
    words = ["--short", "--only", "web-shell", "--only", "sql-injection", "--output", str(output), "--key", str(key)]
    done = _run(*words, "--live", "--", "sh", "-c", script)
    assert done.returncode == 0, done.stderr
    assert asked == [(str(plan.SENSOR_GATEWAY), "/sensor")]
    # The attempt itself is in the capture, and nothing else is amiss.
    assert Recording(output, key).problems() == [f"{plan.SENSOR_ROOT} is not in the plan"]
    assert [act["id"] for act in yaml.safe_load(key.read_text(encoding="utf-8"))["acts"]] == ["sql-injection", "web-shell"]
    assert _packets(seen) == sum(1 for _ in read_frames(output / "capture.pcapng"))
    assert network.leftover_namespaces() == []
    assert "khien-lab" not in Path("/proc/mounts").read_text(encoding="utf-8")


@pytest.mark.netns
@pytest.mark.slow
@pytest.mark.timeout(180)
def test_an_interrupted_day_leaves_nothing_behind_and_keeps_the_older_recording(tmp_path: Path) -> None:
    if reason := _why_no_lab():
        pytest.skip(reason)
    output = tmp_path / "recording"
    output.mkdir()
    (output / "older").touch()
    command = [sys.executable, "-m", "lab.record", "--short", "--output", str(output)]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "ordinary (before): Maintenance" in line:
                break
        process.terminate()
        rest = process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert "nothing was recorded" in rest
    assert (output / "older").exists()
    assert network.leftover_namespaces() == []
    assert not list(Path("/proc").glob("[0-9]*/root/etc/lab-ca.pem"))


def _packets(path: Path) -> int:
    listed = subprocess.run(["tcpdump", "-n", "-r", str(path)], capture_output=True, text=True, check=True)
    return len(listed.stdout.splitlines())
