"""OpenSSH's server on a host, with the administrator's and the operator's role accounts."""

from lab.command import run
from lab.host import Host
from lab.plan import SSH_ADMINISTRATOR, SSH_PASSWORDS

_CONFIGURATION = """\
Port 22
HostKey /etc/ssh/lab_ed25519_key
PermitRootLogin no
PasswordAuthentication yes
KbdInteractiveAuthentication no
PubkeyAuthentication yes
UsePAM yes
PrintMotd no
LogLevel INFO
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
"""
_MAKE_KEY = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "")


def start(host: Host) -> None:
    """Starts sshd; it answers on port 22 when this returns."""
    for name, password in SSH_PASSWORDS.items():
        digest = run(["openssl", "passwd", "-6", password]).strip()
        host.run("useradd", "--create-home", "--shell", "/bin/bash", "--password", digest, name, check=True)
    host.run("rm", "-f", "/etc/motd", "/etc/update-motd.d/10-uname")
    host.write("/etc/ssh/sshd_config", _CONFIGURATION)
    host.run(*_MAKE_KEY, "-C", host.name, "-f", "/etc/ssh/lab_ed25519_key", check=True)
    host.run("install", "-d", "-m", "755", "/run/sshd", check=True)
    host.start_daemon("/usr/sbin/sshd", "-f", "/etc/ssh/sshd_config")
    host.wait_for_port(22)


def make_administrator_key(host: Host) -> str:
    """Gives the administrator on this host a key of their own; returns the public half."""
    home = f"/home/{SSH_ADMINISTRATOR}/.ssh"
    host.run("install", "-d", "-m", "700", "-o", SSH_ADMINISTRATOR, "-g", SSH_ADMINISTRATOR, home, check=True)
    host.run(*_MAKE_KEY, "-C", "quantri@bensen.example", "-f", f"{home}/id_ed25519", user=SSH_ADMINISTRATOR, check=True)
    return host.run("cat", f"{home}/id_ed25519.pub", check=True)


def allow_key(host: Host, public_key: str) -> None:
    """Lets the administrator's key log in to this host."""
    home = f"/home/{SSH_ADMINISTRATOR}/.ssh"
    host.run("install", "-d", "-m", "700", "-o", SSH_ADMINISTRATOR, "-g", SSH_ADMINISTRATOR, home, check=True)
    host.write(f"{home}/authorized_keys", public_key, mode=0o600, owner=f"{SSH_ADMINISTRATOR}:{SSH_ADMINISTRATOR}")
