"""The address plan is the one of the example city, and nobody in it is a person."""

import re
from ipaddress import IPv4Network
from pathlib import Path

from lab import plan, record

LAB = Path(__file__).resolve().parents[2] / "lab"


def test_every_host_sits_on_its_own_network() -> None:
    for host in plan.HOSTS:
        network = plan.network_of(host)
        assert all(address in network.prefix for address in (host.address, *host.also))
        assert network.gateway not in (host.address, *host.also)


def test_outside_is_documentation_space_and_clear_of_the_peers() -> None:
    outside = next(network.prefix for network in plan.NETWORKS if network.name == "outside")
    assert outside.subnet_of(IPv4Network("192.0.2.0/24"))
    assert not outside.overlaps(IPv4Network("192.0.2.0/28"))


def test_networks_do_not_overlap() -> None:
    prefixes = [*(network.prefix for network in plan.NETWORKS), plan.SENSOR_NETWORK]
    assert not [(a, b) for i, a in enumerate(prefixes) for b in prefixes[i + 1 :] if a.overlaps(b)]


def test_names_are_reserved_for_examples() -> None:
    names = [*plan.CITY_NAMES, plan.NEWS_NAME, plan.PARTNER_DOMAIN, plan.BEACON_NAME, plan.TUNNEL_DOMAIN]
    assert all(name.endswith(".example") for name in names)


def test_each_package_is_listed_with_its_reason_and_each_program_has_a_package() -> None:
    script = (LAB / "install-packages.sh").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^([a-z0-9-]+) +# (.+)$", script, re.MULTILINE))
    packages = {
        "ip": "iproute2",
        "tc": "iproute2",
        "nsenter": "util-linux",
        "unshare": "util-linux",
        "setpriv": "util-linux",
        "sshd": "openssh-server",
        "ssh": "openssh-client",
        "dovecot": "dovecot-imapd",
        "rsyslogd": "rsyslog",
        "dig": "bind9-dnsutils",
    }
    assert {packages.get(program, program) for program in record.PROGRAMS} <= set(listed)
    assert all(len(reason) > 10 for reason in listed.values())
