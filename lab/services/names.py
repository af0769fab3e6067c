"""Names: unbound as the city's resolver, nsd as the stand-in for the Internet's and the attacker's name servers."""

from lab.host import Host
from lab.plan import (
    BEACON_NAME,
    BLOCK_LIST,
    CITY_NAMES,
    COMMAND,
    CONTENT_NETWORK,
    DOMAIN,
    INTERNET,
    MAIL_NAME,
    NEWS_NAME,
    PARTNER_DOMAIN,
    RESOLVER,
    SOFTWARE_NAME,
    TUNNEL_DOMAIN,
    UPDATE_NAME,
)

_RESOLVER_CONFIGURATION = """\
server:
  interface: {address}
  interface: 127.0.0.1
  access-control: 10.0.0.0/8 allow
  access-control: 192.0.2.0/24 refuse
  do-ip6: no
  username: "unbound"
  chroot: ""
  directory: "/etc/unbound"
  pidfile: "/run/unbound.pid"
  module-config: "iterator"
  root-hints: "/etc/unbound/lab-root.hints"
  use-syslog: yes
  log-queries: yes
  verbosity: 0
  # Unbound keeps test networks local by default; here they are the outside.
  local-zone: "2.0.192.in-addr.arpa." nodefault
  local-zone: "10.in-addr.arpa." static
  local-zone: "{domain}." static
{records}
remote-control:
  control-enable: no
"""

_ROOT_ZONE = """\
$ORIGIN .
$TTL 300
@ IN SOA goc.example. admin.goc.example. 2026112301 3600 600 86400 60
@ IN NS goc.example.
goc.example. IN A {internet}
{news}. IN A {internet}
{software}. IN A {internet}
{update}. IN A {internet}
{partner}. IN A {internet}
{partner}. IN MX 10 mx.{partner}.
{partner}. IN TXT "v=spf1 ip4:{internet} -all"
_dmarc.{partner}. IN TXT "v=DMARC1; p=reject"
mx.{partner}. IN A {internet}
*.{content}. IN A {internet}
{blocklist}. IN A 127.0.0.2
130.2.0.192.in-addr.arpa. IN PTR mx.{partner}.
140.2.0.192.in-addr.arpa. IN PTR khach-140.nha-mang.example.
141.2.0.192.in-addr.arpa. IN PTR khach-141.nha-mang.example.
{beacon}. IN A {command}
{tunnel}. IN NS ns1.{tunnel}.
ns1.{tunnel}. IN A {command}
{city}
"""

_TUNNEL_ZONE = """\
$ORIGIN {tunnel}.
$TTL 1
@ IN SOA ns1 admin 2026112301 3600 600 86400 1
@ IN NS ns1
ns1 IN A {command}
* IN TXT "ok"
"""

_SERVER_CONFIGURATION = """\
server:
  ip-address: {address}
  do-ip6: no
  username: nsd
  zonesdir: "/etc/nsd"
  pidfile: "/run/nsd.pid"
  database: ""
  xfrdfile: ""
  zonelistfile: "/run/nsd.zones"
  hide-version: yes
remote-control:
  control-enable: no
zone:
  name: "{zone}"
  zonefile: "lab.zone"
"""


def start_resolver(host: Host) -> None:
    """Starts unbound; the city's names are its own, everything else it asks outside for."""
    records = [f'  local-data: "{name}. 3600 IN A {address}"' for name, address in CITY_NAMES.items()]
    records += [f'  local-data-ptr: "{address} {name}"' for name, address in CITY_NAMES.items()]
    records += [
        f'  local-data: "{DOMAIN}. 3600 IN MX 10 {MAIL_NAME}."',
        f"""  local-data: '{DOMAIN}. 3600 IN TXT "v=spf1 mx -all"'""",
    ]
    host.write("/etc/unbound/lab-root.hints", f". 3600000 NS goc.example.\ngoc.example. 3600000 A {INTERNET.address}\n")
    text = _RESOLVER_CONFIGURATION.format(address=RESOLVER.address, domain=DOMAIN, records="\n".join(records))
    host.write("/etc/unbound/lab.conf", text)
    host.start_daemon("unbound", "-c", "/etc/unbound/lab.conf")
    host.wait_for_port(53, protocol="udp")


def start_outside(host: Host) -> None:
    """Starts nsd as the root of the stand-in Internet."""
    city = [f"{name}. IN A {address}" for name, address in CITY_NAMES.items()]
    city.append(f"{DOMAIN}. IN MX 10 {MAIL_NAME}.")
    zone = _ROOT_ZONE.format(
        city="\n".join(city),
        internet=INTERNET.address,
        command=COMMAND.address,
        news=NEWS_NAME,
        software=SOFTWARE_NAME,
        update=UPDATE_NAME,
        partner=PARTNER_DOMAIN,
        content=CONTENT_NETWORK,
        blocklist=BLOCK_LIST,
        beacon=BEACON_NAME,
        tunnel=TUNNEL_DOMAIN,
    )
    _start_server(host, zone_name=".", zone=zone)


def start_attacker(host: Host) -> None:
    """Starts nsd as the attacker's name server: any name under the domain has an answer."""
    _start_server(host, zone_name=TUNNEL_DOMAIN, zone=_TUNNEL_ZONE.format(tunnel=TUNNEL_DOMAIN, command=COMMAND.address))


def _start_server(host: Host, *, zone_name: str, zone: str) -> None:
    host.write("/etc/nsd/lab.zone", zone)
    host.write("/etc/nsd/lab.conf", _SERVER_CONFIGURATION.format(address=host.address, zone=zone_name))
    host.run("nsd-checkzone", zone_name, "/etc/nsd/lab.zone", check=True)
    host.start_daemon("nsd", "-c", "/etc/nsd/lab.conf")
    host.wait_for_port(53, protocol="udp")
