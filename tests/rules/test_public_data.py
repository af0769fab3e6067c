"""The shipped rules over recordings that nobody made for Khiên: attacks fire their rule, ordinary captures wake nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from khien.alert import Level
from khien.app.replay import ReplayOptions, replay

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("KHIEN_TEST_DATA", ROOT.parent / "shared" / "data"))

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no test data: set KHIEN_TEST_DATA to a folder of public captures and logs"
)

#: Recording → rules above low that must fire. What a recording shows is its name or its folder's documentation.
ATTACKS = {
    "pcap/attacks/packets/http_dvwa_sqlinjection.pcapng": {"web_sql_injection"},
    "pcap/ndpi/WebattackSQLinj.pcap": {"web_sql_injection", "web_sql_probing"},
    "pcap/ndpi/WebattackRCE.pcap": {"web_attack_tool", "web_shell_command"},
    "pcap/ndpi/dns_exfiltration.pcap": {"dns_tunnel"},
    "pcap/ndpi/dns-tunnel-iodine.pcap": {"dns_tunnel"},
    "pcap/zeek/ssh/sshguess.pcap": {"ssh_bruteforce"},
    "pcap/attacks/zerologon/CVE-2020-1472_exploit_win2016.pcap": {"rpc_zerologon", "rpc_zerologon_worked"},
    "pcap/attacks/zerologon/CVE-2020-1472_test_win2019.pcap": {"rpc_zerologon", "rpc_zerologon_worked"},
    "pcap/attacks/cve-2021-44228/log4j-attack.pcap": {"ldap_outside", "web_log4shell", "web_log4shell_worked"},
    "pcap/attacks/cve-2021-44228/spcap-CEXKLs3NQWdEM2CoMj-1639421287179170294-1.pcap": {"web_log4shell"},
    "logs/loghub/OpenSSH/OpenSSH_2k.log": {"ssh_bruteforce", "ssh_user_enumeration"},
}
#: Captures of ordinary software made to test parsers; arkime's and ja4's hold no attack that these rules speak of.
ORDINARY = ("pcap/arkime", "pcap/ja4")
#: Of those, a capture that somebody composed to hold every operation of a protocol, the dangerous ones too.
COMPOSED = frozenset({"dcerpc_synthetic.pcap"})


def fired(path: Path) -> set[str]:
    found = replay([path], options=ReplayOptions(rules=[ROOT / "rules"], year=2016))
    return {alert.rule.name or "" for alert in found.alerts if alert.severity > Level.LOW.severity}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_fires_its_rule(name: str) -> None:
    assert ATTACKS[name] <= fired(DATA / name)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("folder", ORDINARY)
def test_ordinary_captures_fire_nothing_above_low(folder: str) -> None:
    captures = [path for path in sorted((DATA / folder).rglob("*")) if path.suffix in {".pcap", ".pcapng"} and path.is_file()]
    assert len(captures) >= 20, "the folder holds fewer captures than it did"
    found = {path.name: rules for path in captures if path.name not in COMPOSED and (rules := fired(path))}
    assert found == {}
