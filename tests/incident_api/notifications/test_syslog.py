"""Syslog and CEF upward: framing and escaping, read back by a reader that is written from the specification alone."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_api.notifications.channels.channel import Item, NotTaken
from incident_api.notifications.channels.syslog import Syslog, SyslogSettings
from khien.clock import ManualClock
from tests.incident_api.city import START_US
from tests.incident_api.notifications.test_smtp import MESSAGE, _certificate, free_port

ITEM = Item(
    id=17,
    subject="group/0123456789abcdef",
    template="alert_assigned",
    urgency="M1",
    tlp="AMBER",
    made_us=START_US,
    title="Cảnh báo 17",
    text="Một dòng\nHai dòng",
    values={"title": "Tấn công"},
)
WHOLE = replace(MESSAGE, items=(ITEM,))
#: RFC 5424, section 6, as a pattern.
_LINE = re.compile(
    rb'<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[[^ =\]"]+(?: [^ =\]"]+="(?:[^"\\\]]|\\["\\\]])*")*\])+)(?: (.*))?',
    re.DOTALL,
)
_PARAMETER = re.compile(r'([^ =\]"]+)="((?:[^"\\\]]|\\["\\\]])*)"')


def channel(clock: ManualClock, folder: Path, **changed: Any) -> Syslog:
    given: dict[str, Any] = {"type": "syslog", "host": "localhost", "transport": "tcp", "timeout_seconds": 2.0}
    return Syslog(SyslogSettings.model_validate(given | changed), home=folder, domain="bensen.example", clock=clock)


def read(line: bytes) -> tuple[dict[str, str], str]:
    found = _LINE.fullmatch(line)
    assert found is not None, line
    values = {name: re.sub(r'\\(["\\\]])', r"\1", value) for name, value in _PARAMETER.findall(found[7].decode())}
    return values, found[8].decode().removeprefix("\ufeff") if found[8] else ""


def test_the_head_is_that_of_rfc_5424(clock: ManualClock, tmp_path: Path) -> None:
    line = channel(clock, tmp_path).line(WHOLE, ITEM)
    assert line.startswith(b"<106>1 2026-11-23T02:00:00.000000Z bensen.example khien - alert_assigned [notice@32473 ")
    values, text = read(line)
    assert text == "Cảnh báo 17"
    assert values["v-title"] == "Tấn công"
    assert (values["id"], values["tlp"], values["key"]) == ("17", "AMBER", WHOLE.key)


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_value_ends_its_field_or_the_message(title: str, value: str) -> None:
    hostile = replace(ITEM, title=title, values={"title": value})
    values, text = read(channel(ManualClock(START_US), Path()).line(WHOLE, hostile))
    assert set(values) == {"id", "subject", "tlp", "key", "v-title"}
    expected = "".join(each if each.isprintable() else " " for each in value)
    assert values["v-title"] == expected.encode("utf-8", "replace").decode()
    assert "\n" not in text


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_value_begins_another_field_of_cef(title: str, text: str) -> None:
    hostile = replace(ITEM, title=title, text=text)
    line = channel(ManualClock(START_US), Path(), format="cef").line(WHOLE, hostile).decode()
    cef = line.partition(" - CEF:")[2]
    header = re.split(r"(?<!\\)(?:\\\\)*\|", cef, maxsplit=7)
    assert len(header) == 8
    names = re.findall(r"(?:^| )([A-Za-z0-9]+)(?<!\\)=", header[7])
    assert names == ["externalId", "rt", "msg", "cs1Label", "cs1", "cs2Label", "cs2", "cs3Label", "cs3"]
    assert "\n" not in line


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_what_does_not_fit_goes_without_its_values_and_says_so(clock: ManualClock, tmp_path: Path, transport: str) -> None:
    huge = replace(ITEM, values={f"v{number}": "ạ" * 500 for number in range(20)})
    line = channel(clock, tmp_path, transport=transport).line(WHOLE, huge)
    assert read(line)[0]["v-truncated"] == "yes"
    assert len(line) < 1400


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_messages_are_framed_by_their_length(clock: ManualClock, tmp_path: Path, transport: str) -> None:
    _certificate(tmp_path, "localhost")
    got = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_collect, args=(listener, got, tmp_path if transport == "tls" else None))
        thread.start()
        upward = channel(clock, tmp_path, transport=transport, port=listener.getsockname()[1], authority="certificate.pem")
        upward.send(replace(WHOLE, items=(ITEM, replace(ITEM, id=18))), address="soc")
        upward.close()
        thread.join()
    ids = []
    while got:
        length, _, rest = bytes(got).partition(b" ")
        ids.append(read(rest[: int(length)])[0]["id"])
        del got[: len(length) + 1 + int(length)]
    assert ids == ["17", "18"]


def test_a_collector_that_hung_up_is_called_again(clock: ManualClock, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        upward = channel(clock, tmp_path, port=listener.getsockname()[1])
        upward.send(WHOLE, address="soc")
        first, _ = listener.accept()
        first.close()
        got = bytearray()
        thread = threading.Thread(target=_collect, args=(listener, got, None))
        thread.start()
        for _ in range(2):
            upward.send(WHOLE, address="soc")
        upward.close()
        thread.join()
    assert got.count(b'id="17"') == 2


def test_a_collector_that_is_away_or_not_trusted_is_tried_again(clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(NotTaken) as refused:
        channel(clock, tmp_path, port=free_port()).send(WHOLE, address="soc")
    assert not refused.value.is_final
    _certificate(tmp_path, "elsewhere")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        got = bytearray()
        thread = threading.Thread(target=_collect, args=(listener, got, tmp_path))
        thread.start()
        upward = channel(clock, tmp_path, transport="tls", port=listener.getsockname()[1], authority="certificate.pem")
        with pytest.raises(NotTaken):
            upward.send(WHOLE, address="soc")
        thread.join()
    assert got == b""


def _collect(listener: socket.socket, got: bytearray, folder: Path | None) -> None:
    connection, _ = listener.accept()
    try:
        if folder is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
            connection = context.wrap_socket(connection, server_side=True)
        while found := connection.recv(4096):
            got += found
    except OSError:
        return
    finally:
        connection.close()
