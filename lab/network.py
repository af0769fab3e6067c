"""The lab's wires: one namespace a host, a gateway that routes between them, and its mirror port.

Every frame that *enters* the gateway from a host is mirrored (tc, ingress) to `span0`, whose other end `tap0`
is where recorder and sensor listen: as at a switch's mirror port, each frame is seen exactly once, with one
Ethernet header. Frames that the gateway itself makes (its ARP answers, its ICMP errors) are not mirrored.
"""

from pathlib import Path

from lab.command import LabError, run, run_quietly
from lab.plan import (
    GATEWAY,
    HOSTS,
    NAMESPACE_PREFIX,
    NETWORKS,
    SENSOR_GATEWAY,
    SENSOR_NETWORK,
    SENSOR_ROOT,
    HostPlan,
    network_of,
)

MIRROR_IN = "span0"
MIRROR_OUT = "tap0"
SENSOR_LINK_ROOT = "khien-lab0"
SENSOR_LINK_GATEWAY = "sensor0"
OUTSIDE_SWITCH = "outside"
# The mirror's queue must hold a burst of nmap while tcpdump is not scheduled.
_MIRROR_QUEUE_LENGTH = "10000"


def namespace(name: str) -> str:
    """The name of the network namespace of a host (or of the gateway or the outside switch)."""
    return f"{NAMESPACE_PREFIX}{name}"


def inside(name: str, *command: str) -> list[str]:
    """The command that runs another one in a host's network."""
    return ["ip", "netns", "exec", namespace(name), *command]


def mac_address(index: int, *, is_gateway: bool) -> str:
    """A locally administered address that is the same in every recording."""
    return f"02:4b:68:{'01' if is_gateway else '02'}:00:{index:02x}"


def leftover_namespaces() -> list[str]:
    """Namespaces of a lab that was killed before it could clean up."""
    listed = run(["ip", "netns", "list"]).splitlines()
    names = [line.split()[0] for line in listed if line.strip()]
    return [name for name in names if name.startswith(NAMESPACE_PREFIX)]


def build() -> None:
    """Makes all namespaces, links, addresses and routes; raises LabError when the kernel lacks a piece."""
    for name in (GATEWAY, OUTSIDE_SWITCH, *(host.name for host in HOSTS)):
        run(["ip", "netns", "add", namespace(name)])
        _settle(name)
    _build_mirror()
    _run_in(OUTSIDE_SWITCH, "ip", "link", "add", "name", "switch0", "type", "bridge")
    _run_in(OUTSIDE_SWITCH, "ip", "link", "set", "dev", "switch0", "up")
    for index, network in enumerate(NETWORKS, start=1):
        members = [host for host in HOSTS if host.network == network.name]
        if len(members) == 1:
            _link(GATEWAY, network.interface, members[0].name, "eth0")
        else:
            _link(GATEWAY, network.interface, OUTSIDE_SWITCH, "up0")
            _plug("up0")
            for number, host in enumerate(members):
                _link(OUTSIDE_SWITCH, f"port{number}", host.name, "eth0")
                _plug(f"port{number}")
        address = f"{network.gateway}/{network.prefix.prefixlen}"
        _address(GATEWAY, network.interface, mac_address(index, is_gateway=True), [address])
        _mirror(network.interface)
    for index, host in enumerate(HOSTS, start=1):
        _attach(host, index)
    _run_in(GATEWAY, "sysctl", "-qw", "net.ipv4.ip_forward=1")


def tear_down() -> None:
    """Removes every namespace of the lab; links go with them. Processes must have ended before."""
    for name in leftover_namespaces():
        run_quietly(["ip", "netns", "delete", name])
    run_quietly(["ip", "link", "delete", "dev", SENSOR_LINK_ROOT])


def open_sensor_link() -> None:
    """Joins the gateway with the root namespace, for the sensor alone.

    Only packets made in the gateway's own namespace may use it: what lab hosts send there is refused, so the
    lab's traffic still cannot leave the namespaces.
    """
    length = SENSOR_NETWORK.prefixlen
    near = ("name", SENSOR_LINK_ROOT, "type", "veth")
    far = ("name", SENSOR_LINK_GATEWAY, "netns", namespace(GATEWAY))
    run(["ip", "link", "add", *near, "peer", *far])
    run(["ip", "address", "add", f"{SENSOR_ROOT}/{length}", "dev", SENSOR_LINK_ROOT])
    run(["ip", "link", "set", "dev", SENSOR_LINK_ROOT, "up"])
    # The gateway's own processes may use the link; what it would forward to or from it is refused.
    _rule("9", "iif", "lo", "to", str(SENSOR_NETWORK), "lookup", "main")
    _rule("10", "to", str(SENSOR_NETWORK), "prohibit")
    _run_in(GATEWAY, "ip", "address", "add", f"{SENSOR_GATEWAY}/{length}", "dev", SENSOR_LINK_GATEWAY)
    _run_in(GATEWAY, "ip", "link", "set", "dev", SENSOR_LINK_GATEWAY, "up")
    _rule("11", "iif", SENSOR_LINK_GATEWAY, "prohibit")


def _rule(priority: str, *selector: str) -> None:
    _run_in(GATEWAY, "ip", "rule", "add", "priority", priority, *selector)


def _run_in(name: str, *command: str) -> None:
    run(inside(name, *command))


def _settle(name: str) -> None:
    """No IPv6 (the plan's packets are IPv4) and loopback up."""
    if Path("/proc/sys/net/ipv6").exists():
        for scope in ("all", "default"):
            _run_in(name, "sysctl", "-qw", f"net.ipv6.conf.{scope}.disable_ipv6=1")
    _run_in(name, "ip", "link", "set", "dev", "lo", "up")


def _build_mirror() -> None:
    queue = ["txqueuelen", _MIRROR_QUEUE_LENGTH]
    _run_in(GATEWAY, "ip", "link", "add", "name", MIRROR_IN, "type", "veth", "peer", "name", MIRROR_OUT)
    for interface in (MIRROR_IN, MIRROR_OUT):
        _run_in(GATEWAY, "ip", "link", "set", "dev", interface, *queue, "arp", "off", "up")
    _run_in(GATEWAY, "ip", "link", "set", "dev", MIRROR_OUT, "promisc", "on")


def _mirror(interface: str) -> None:
    everything = ["protocol", "all", "u32", "match", "u32", "0", "0"]
    action = ["action", "mirred", "egress", "mirror", "dev", MIRROR_IN]
    try:
        _run_in(GATEWAY, "tc", "qdisc", "add", "dev", interface, "clsact")
        _run_in(GATEWAY, "tc", "filter", "add", "dev", interface, "ingress", *everything, *action)
    except LabError as error:
        message = f"the kernel cannot mirror a port (it needs sch_ingress, cls_u32 and act_mirred): {error}"
        raise LabError(message) from error


def _link(left: str, left_interface: str, right: str, right_interface: str) -> None:
    near = ("name", left_interface, "netns", namespace(left), "type", "veth")
    far = ("name", right_interface, "netns", namespace(right))
    run(["ip", "link", "add", *near, "peer", *far])
    for name, interface in ((left, left_interface), (right, right_interface)):
        # Without this the kernel leaves checksums empty and joins segments: frames no wire would carry.
        _run_in(name, "ethtool", "-K", interface, "tx", "off", "tso", "off", "gso", "off", "gro", "off")


def _plug(port: str) -> None:
    _run_in(OUTSIDE_SWITCH, "ip", "link", "set", "dev", port, "master", "switch0", "up")


def _address(name: str, interface: str, mac: str, addresses: list[str]) -> None:
    _run_in(name, "ip", "link", "set", "dev", interface, "address", mac)
    for address in addresses:
        _run_in(name, "ip", "address", "add", address, "dev", interface)
    _run_in(name, "ip", "link", "set", "dev", interface, "up")


def _attach(host: HostPlan, index: int) -> None:
    network = network_of(host)
    addresses = [f"{address}/{network.prefix.prefixlen}" for address in (host.address, *host.also)]
    _address(host.name, "eth0", mac_address(index, is_gateway=False), addresses)
    _run_in(host.name, "ip", "route", "add", "default", "via", str(network.gateway))
