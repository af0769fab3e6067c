"""The child that asks tshark, with a tshark that was taken over: what it may not do, how it ends, what is believed of it."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from khien.errors import KhienError
from khien.second_opinion import asking, compare
from khien.second_opinion.asking import Hearing, ask, namespaces
from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame

#: One packet of PDML with the values of the names given to `q`, as tshark would print it.
_SCRIPT = """#!/bin/bash
q() {{ printf '<field name="dns.qry.name" show="%s"/>' "$1"; }}
packet() {{
  printf '<packet><proto name="geninfo"><field name="num" show="1"/><field name="len" show="1"/><field name="caplen" show="1"/>'
  printf '<field name="timestamp" show="" value="1.0"/></proto><proto name="frame"></proto><proto name="dns">'
  "$@"
  printf '</proto></packet>\\n'
}}
capture="${{@: -1}}"
printf '<pdml>\\n'
{body}
printf '</pdml>\\n'
"""
Taken = Callable[[str], None]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "one.pcap"
    path.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query("a.example")))]))
    return path


@pytest.fixture
def taken_over(monkeypatch: pytest.MonkeyPatch) -> Iterator[Taken]:
    """A tshark that does what a test says, where an unprivileged user can start it."""
    folder = Path(tempfile.mkdtemp(prefix="khien-taken-over-"))
    folder.chmod(0o755)

    def write(body: str) -> None:
        script = folder / "tshark"
        script.write_text(_SCRIPT.format(body=body))
        script.chmod(0o755)
        monkeypatch.setattr(asking, "_installed", lambda: str(script))

    yield write
    shutil.rmtree(folder)


def _values(capture: Path, hearing: Hearing, **options: float) -> list[str]:
    answer = ask(capture, fields=frozenset({"dns.qry.name"}), layers=frozenset({"dns"}), hearing=hearing, **options)
    return [value for seen in answer for _, _, value in seen.values]


def test_it_has_no_rights_no_environment_and_limits(capture: Path, taken_over: Taken) -> None:
    taken_over(
        """says() {
          q "uid $(id -u)"
          q "privileges $(grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status | tr -d '\\n\\t')"
          q "environment $(env -u PWD -u SHLVL -u _ -u OLDPWD | cut -d= -f1 | sort | tr '\\n' ' ')"
          q "limits $(ulimit -v) $(ulimit -t) $(ulimit -c) $(ulimit -n)"
          cat /etc/shadow >/dev/null 2>&1 && q "reads secrets"
          echo x 2>/dev/null >>"$capture" && q "writes the capture"
          head -c 2000000 /dev/zero 2>/dev/null >"/tmp/khien-taken-$$" || q "cannot write much"
          rm -f "/tmp/khien-taken-$$"
        }
        packet says"""
    )
    hearing = Hearing()
    said = _values(capture, hearing)
    assert hearing.stopped is None
    assert hearing.held["unprivileged"]
    assert hearing.held["no_new_privileges"]
    assert "environment HOME PATH " in said
    assert "limits 2097152 300 0 64" in said
    assert "cannot write much" in said
    assert any(value.startswith("privileges CapEff:0000000000000000") and "NoNewPrivs:1" in value for value in said)
    if os.geteuid() == 0:
        assert "uid 0" not in said
        assert "reads secrets" not in said
        assert "writes the capture" not in said


def test_it_has_no_network(capture: Path, taken_over: Taken) -> None:
    if not namespaces():
        pytest.skip("this system allows no network namespace")
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        taken_over(f"""says() {{ (exec 3<>/dev/tcp/127.0.0.1/{number}) 2>/dev/null && q connected || q alone; }}
        packet says""")
        hearing = Hearing()
        assert _values(capture, hearing) == ["alone"]
        assert hearing.held["no_network"]
        assert hearing.held["own_processes"]


def test_one_that_never_ends_is_killed_with_all_it_started(capture: Path, taken_over: Taken) -> None:
    mark = f"1000.{os.getpid()}"
    taken_over(f"""packet q first
    setsid sleep {mark} &
    sleep {mark}""")
    hearing = Hearing()
    assert _values(capture, hearing, wall_seconds=4.0) == ["first"]
    assert hearing.stopped == "late"
    until = time.monotonic() + 5
    while (alive := _alive(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    assert alive == []


def _alive(mark: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in line:
            found.append(line.decode())
    return found


def test_one_that_says_too_much_is_stopped(capture: Path, taken_over: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_MOST_OUTPUT_BYTES", 100_000)
    taken_over("while :; do packet q again; done")
    hearing = Hearing()
    assert 100 < len(_values(capture, hearing)) < 5_000
    assert hearing.stopped == "too_much"


def test_one_that_fails_half_way_is_no_agreement(tmp_path: Path, taken_over: Taken) -> None:
    path = tmp_path / "two.pcap"
    path.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query("a.example"))), (2.0, udp_frame(dns_query("b.example", 2)))]))
    taken_over("packet q a.example\necho 'tshark: no such thing' >&2\nexit 2")
    compared = compare(path)
    # Zero when it is gone before its first packet was read.
    assert compared.packets < 2
    assert compared.stopped is not None


def test_the_copy_is_private_and_removed(capture: Path, taken_over: Taken) -> None:
    taken_over('says() { q "$(stat -c %a "$capture") $(stat -c %a "$(dirname "$capture")")"; q "$capture"; }\npacket says')
    modes, place = _values(capture, Hearing())
    # The group is that of the child alone when we are root; else the folder is ours.
    assert modes in {"640 750", "644 700"}
    assert not Path(place).exists()
    assert stat.S_IMODE(capture.stat().st_mode) != 0


def test_a_capture_that_unpacks_to_too_much_is_refused(tmp_path: Path, taken_over: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    taken_over("packet q never")
    monkeypatch.setattr(asking, "MOST_CAPTURE_BYTES", 1 << 20)
    bomb = tmp_path / "bomb.pcap.gz"
    bomb.write_bytes(gzip.compress(bytes(2 << 20)))
    with pytest.raises(KhienError) as raised:
        _values(bomb, Hearing())
    assert raised.value.code == "opinion.too_large"


def test_a_missing_tshark_is_one_sentence_with_the_cure(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_PATH", "/nowhere")
    with pytest.raises(KhienError) as raised:
        _values(capture, Hearing())
    assert "apt-get install tshark" in str(raised.value.hint("en"))


def test_a_missing_pyshark_is_one_sentence_with_the_cure(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "find_spec", lambda _name: None)
    with pytest.raises(KhienError) as raised:
        _values(capture, Hearing())
    assert "khien[analysis]" in str(raised.value.hint("en"))
