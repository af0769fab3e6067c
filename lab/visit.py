"""How lab hosts do everyday things: one function a thing, each run with a real program on that host."""

import sys
from urllib.parse import urlencode

from lab.host import Host
from lab.plan import MAIL_NAME, MAIL_PASSWORDS, SSH_ADMINISTRATOR, SSH_PASSWORDS

# What people's programs call themselves; the fingerprints underneath are those of curl and Python.
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"
PHONE = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"
_LAB_CA = ("--cacert", "/etc/lab-ca.pem")
_KNOWN_HOSTS = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")


def page(host: Host, *addresses: str, agent: str = FIREFOX, options: tuple[str, ...] = ()) -> None:
    """Fetches pages one after the other over one connection, as a browser does."""
    discard = [word for _ in addresses for word in ("-o", "/dev/null")]
    host.run("curl", "-sS", "--max-time", "30", *_LAB_CA, "-A", agent, *options, *discard, *addresses)


def query(address: str, **fields: str) -> str:
    """The address of a form that is sent with GET."""
    return f"{address}?{urlencode(fields)}"


def form(host: Host, address: str, *, agent: str = FIREFOX, **fields: str) -> None:
    """Sends a form with POST."""
    page(host, address, agent=agent, options=("--data", urlencode(fields)))


def upload(host: Host, address: str, *, name: str, content: bytes, kind: str, agent: str = FIREFOX) -> None:
    """Sends a file in a multipart form, with the number of the case that it belongs to."""
    host.write_bytes("/tmp/tep", content)
    part = f"tep=@/tmp/tep;filename={name};type={kind}"
    page(host, address, agent=agent, options=("-F", "ma_ho_so=HS-2026-00177", "-F", part))


def look_up(host: Host, *names: str, kind: str = "A") -> None:
    """Asks the city's resolver for names."""
    for name in names:
        host.run("dig", "+tries=1", "+time=3", "-t", kind, name)


def send_mail(host: Host, *, sender: str, to: str, subject: str, size: int = 800) -> None:
    """Sends a message from one of the city's mailboxes."""
    client = (sys.executable, "-m", "lab.clients.mail", "send", MAIL_NAME, sender, MAIL_PASSWORDS[sender])
    host.run(*client, to, subject, str(size))


def read_mail(host: Host, mailbox: str, *, password: str | None = None) -> None:
    """Opens a mailbox, with the right password unless another is given."""
    word = MAIL_PASSWORDS[mailbox] if password is None else password
    host.run(sys.executable, "-m", "lab.clients.mail", "read", MAIL_NAME, mailbox, word)


def deliver_from_outside(host: Host, *, sender: str, to: str, subject: str) -> None:
    """Hands a message to the partner's mail server, which delivers it to the city."""
    host.run("sendmail", "-f", sender, to, text=f"From: {sender}\nTo: {to}\nSubject: {subject}\n\nKính gửi quý cơ quan.\n")


def log_in_with_key(host: Host, server: str, command: str) -> None:
    """The administrator's everyday log-in."""
    key = ("-i", f"/home/{SSH_ADMINISTRATOR}/.ssh/id_ed25519", "-o", "BatchMode=yes")
    host.run("ssh", *_KNOWN_HOSTS, *key, f"{SSH_ADMINISTRATOR}@{server}", command, user=SSH_ADMINISTRATOR)


def log_in_with_password(host: Host, server: str, command: str, *, user: str, typed: str | None = None) -> None:
    """A log-in with a typed password, right unless another is given; one try only."""
    word = SSH_PASSWORDS[user] if typed is None else typed
    limits = ("-o", "NumberOfPasswordPrompts=1", "-o", "PubkeyAuthentication=no")
    host.run("sshpass", "-p", word, "ssh", *_KNOWN_HOSTS, *limits, f"{user}@{server}", command)


def check_ports(host: Host, server: str, ports: tuple[int, ...]) -> None:
    """What a monitoring system does: connects to each service and reads its greeting, if any."""
    for port in ports:
        script = f"exec 3<>/dev/tcp/{server}/{port}; read -r -t 0.3 line <&3; exec 3>&-"
        host.run("bash", "-c", script)
