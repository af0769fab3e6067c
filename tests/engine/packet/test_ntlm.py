"""NTLM log-ins: what public captures hold. Arkime's answers name user, domain and host of three of them."""

from pathlib import Path
from typing import Any

import orjson

from tests.engine.packet.reading import read


def logins(captures: Path, name: str) -> list[dict[str, Any]]:
    return read(str(captures / name)).events("network.ntlm")


def test_a_login_names_user_domain_host_and_server(captures: Path) -> None:
    (login,) = logins(captures, "arkime/smbtorture-ntlmssp.pcap")
    answer = orjson.loads((captures / "arkime/smbtorture-ntlmssp.test").read_bytes())["sessions3"][0]["body"]["smb"]
    assert [login["user"]["name"]] == answer["user"]
    assert [login["user"]["domain"]] == answer["domain"]
    assert [login["ntlm"]["host"]] == answer["host"]
    assert login["ntlm"]["server"]["netbios"] == "VISTA2"
    assert login["event"]["outcome"] == "success"
    assert login["event"]["category"] == ["network", "authentication"]


def test_a_challenge_that_nobody_answers_still_tells_the_server(captures: Path) -> None:
    found = logins(captures, "suricata-verify/smb1-02/smb1_osx.pcap")
    assert {login["ntlm"]["server"]["netbios"] for login in found} == {"TS412"}
    assert all("outcome" not in login["event"] and "user" not in login for login in found)


def test_a_login_without_a_user_is_anonymous(captures: Path) -> None:
    found = logins(captures, "attacks/zerologon/CVE-2020-1472_exploit_win2016.pcap")
    over_smb = [login for login in found if login["network"]["protocol"] == "smb"]
    assert {login["ntlm"]["method"] for login in over_smb} == {"anonymous"}
    assert {login["ntlm"]["server"]["dns"] for login in over_smb} == {"bas-ad-02.lab.local"}


def test_answers_to_a_challenge_are_never_written(captures: Path) -> None:
    path = captures / "arkime/smbtorture-ntlmssp.pcap"
    raw = path.read_bytes()
    start = raw.rindex(b"NTLMSSP\0\x03")
    lines = read(str(path)).lines
    for place in (12, 20):
        length, offset = (
            raw[start + place] | raw[start + place + 1] << 8,
            int.from_bytes(raw[start + place + 4 : start + place + 8], "little"),
        )
        answer = raw[start + offset : start + offset + length]
        assert len(answer) == 24
        assert answer.hex().encode() not in lines.lower()
        assert answer not in lines
