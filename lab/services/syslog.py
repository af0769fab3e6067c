"""rsyslog on a host: its own auth.log, mail.log and the rest, in Debian's traditional year-less format."""

from lab.host import Host

_CONFIGURATION = """\
module(load="imuxsock" SysSock.RateLimit.Interval="0")
module(load="builtin:omfile" Template="RSYSLOG_TraditionalFileFormat")
auth,authpriv.*                 /var/log/auth.log
mail.*                          /var/log/mail.log
daemon.*                        /var/log/daemon.log
*.*;auth,authpriv,mail,daemon.none  /var/log/syslog
"""


def start(host: Host) -> None:
    """Starts rsyslog; /dev/log exists when this returns."""
    host.write("/etc/rsyslog.conf", _CONFIGURATION)
    host.start_daemon("rsyslogd", "-f", "/etc/rsyslog.conf", "-i", "/run/rsyslogd.pid")
    host.run("sh", "-c", "until test -S /dev/log; do sleep 0.05; done", seconds=10, check=True)
