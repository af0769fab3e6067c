"""The address plan of the lab: networks, hosts, names and role accounts of the example city "Bến Sen".

The one place that says who is who; the scenario, the answer key and the checks all read it.
Accounts are roles, never persons, and every password here opens nothing outside the lab.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

NAMESPACE_PREFIX = "khien-lab-"
GATEWAY = "gw"
# The hosts of the city write local time, as they would; the answer key and the capture are in UTC.
TIME_ZONE = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True)
class Network:
    """One leg of the gateway. `interface` is its name inside the gateway's namespace."""

    name: str
    interface: str
    prefix: IPv4Network
    gateway: IPv4Address


@dataclass(frozen=True, slots=True)
class HostPlan:
    """One host: `name` is its namespace and its host name in logs; `first_process` spreads its process ids."""

    name: str
    network: str
    address: IPv4Address
    also: tuple[IPv4Address, ...] = ()
    first_process: int = 700


def _network(name: str, interface: str, prefix: str, gateway: str) -> Network:
    return Network(name, interface, IPv4Network(prefix), IPv4Address(gateway))


NETWORKS = (
    _network("web", "web0", "10.10.10.0/24", "10.10.10.1"),
    _network("mail", "mail0", "10.10.20.0/24", "10.10.20.1"),
    _network("directory", "dir0", "10.10.60.0/24", "10.10.60.1"),
    _network("admin", "admin0", "10.10.99.0/24", "10.10.99.1"),
    _network("commune-1", "xa1", "10.30.1.0/24", "10.30.1.1"),
    _network("commune-2", "xa2", "10.30.2.0/24", "10.30.2.1"),
    _network("outside", "out0", "192.0.2.128/25", "192.0.2.129"),
)

# Khiên's own network: exists only while a sensor command runs (live mode), never while recording alone.
SENSOR_NETWORK = IPv4Network("10.10.100.0/24")
SENSOR_ROOT = IPv4Address("10.10.100.1")
SENSOR_GATEWAY = IPv4Address("10.10.100.2")

PORTAL = HostPlan("cong-tt", "web", IPv4Address("10.10.10.10"), first_process=1180)
MAIL = HostPlan("mail", "mail", IPv4Address("10.10.20.10"), first_process=2410)
RESOLVER = HostPlan("phan-giai", "directory", IPv4Address("10.10.60.53"), first_process=640)
ADMIN = HostPlan("quan-tri", "admin", IPv4Address("10.10.99.10"), first_process=3320)
COMMUNE_AN_BINH = HostPlan("an-binh-21", "commune-1", IPv4Address("10.30.1.21"), first_process=4100)
COMMUNE_VINH_LOC = HostPlan("vinh-loc-21", "commune-2", IPv4Address("10.30.2.21"), first_process=5230)
INTERNET = HostPlan("internet", "outside", IPv4Address("192.0.2.130"))
VISITOR = HostPlan("visitor", "outside", IPv4Address("192.0.2.140"), also=(IPv4Address("192.0.2.141"),))
ATTACKER = HostPlan("attacker", "outside", IPv4Address("192.0.2.200"))
COMMAND = HostPlan("command", "outside", IPv4Address("192.0.2.210"))

HOSTS = (
    PORTAL,
    MAIL,
    RESOLVER,
    ADMIN,
    COMMUNE_AN_BINH,
    COMMUNE_VINH_LOC,
    INTERNET,
    VISITOR,
    ATTACKER,
    COMMAND,
)

DOMAIN = "bensen.example"
PORTAL_NAME = f"cong-tt.{DOMAIN}"
MAIL_NAME = f"mail.{DOMAIN}"
CITY_NAMES = {
    PORTAL_NAME: PORTAL.address,
    MAIL_NAME: MAIL.address,
    f"phan-giai.{DOMAIN}": RESOLVER.address,
    f"quan-tri.{DOMAIN}": ADMIN.address,
    f"an-binh-21.{DOMAIN}": COMMUNE_AN_BINH.address,
    f"vinh-loc-21.{DOMAIN}": COMMUNE_VINH_LOC.address,
}
# The stand-in for the wider Internet: ordinary sites, a mail partner, a block list, a content network.
NEWS_NAME = "tin-tuc.example"
SOFTWARE_NAME = "phan-mem.example"
UPDATE_NAME = "cap-nhat.example"
PARTNER_DOMAIN = "doi-tac.example"
BLOCK_LIST = "dnsbl.example"
CONTENT_NETWORK = "tinh-cdn.example"
# The attacker's two names: one the beacon calls, one whose name server swallows what leaves by DNS.
BEACON_NAME = "cdn-update.example"
TUNNEL_DOMAIN = "dong-bo.example"

SSH_ADMINISTRATOR = "quantri"
SSH_OPERATOR = "vanhanh"
SSH_PASSWORDS = {
    SSH_ADMINISTRATOR: "Lab-quantri-7391",
    SSH_OPERATOR: "Lab-vanhanh-2846",
}

MAILBOX_CLERK = f"vanthu.anbinh@{DOMAIN}"
MAILBOX_DESK = f"motcua.vinhloc@{DOMAIN}"
MAILBOX_RECEPTION = f"tiepnhan@{DOMAIN}"
MAILBOX_ADMINISTRATOR = f"quantri@{DOMAIN}"
# The desk's password is weak on purpose: the act on mail ends by finding it.
MAIL_PASSWORDS = {
    MAILBOX_CLERK: "Lab-vanthu-5172",
    MAILBOX_DESK: "123456a@",
    MAILBOX_RECEPTION: "Lab-tiepnhan-9035",
    MAILBOX_ADMINISTRATOR: "Lab-quantri-4468",
}


def network_of(host: HostPlan) -> Network:
    """The leg that a host sits on."""
    return next(network for network in NETWORKS if network.name == host.network)
