"""The mail host: Postfix for SMTP and submission, Dovecot for IMAP and for Postfix's log-ins; and the partner outside."""

from lab.certificates import Authority
from lab.host import Host
from lab.plan import BLOCK_LIST, DOMAIN, MAIL_NAME, MAIL_PASSWORDS, PARTNER_DOMAIN, PORTAL

_MAIN = """\
compatibility_level = 3.6
alias_maps =
alias_database =
myhostname = {name}
mydomain = {domain}
myorigin = $mydomain
mydestination = localhost
inet_interfaces = all
inet_protocols = ipv4
mynetworks = 127.0.0.0/8 {portal}/32
smtpd_banner = $myhostname ESMTP
biff = no
virtual_mailbox_domains = {domain}
virtual_mailbox_base = /var/mail/vhosts
virtual_mailbox_maps = texthash:/etc/postfix/lab-mailboxes
virtual_minimum_uid = 100
virtual_uid_maps = static:5000
virtual_gid_maps = static:5000
smtpd_tls_cert_file = /etc/postfix/lab.pem
smtpd_tls_key_file = /etc/postfix/lab.key
smtpd_tls_security_level = may
smtp_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_rbl_client {blocklist}
"""

# Old clients of the city still log in without TLS; that is why both services allow it here.
_DOVECOT = """\
protocols = imap
listen = *
log_path =
syslog_facility = mail
ssl = yes
ssl_cert = </etc/dovecot/lab.pem
ssl_key = </etc/dovecot/lab.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:/var/mail/vhosts/%d/%n
mail_uid = 5000
mail_gid = 5000
first_valid_uid = 100
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u /etc/dovecot/lab-users
}}
userdb {{
  driver = static
  args = uid=5000 gid=5000 home=/var/mail/vhosts/%d/%n
}}
service auth {{
  unix_listener /var/spool/postfix/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
# Without this Dovecot slows a guesser down to one try in 15 s, and the lab's minutes would not do.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

_PARTNER = """\
compatibility_level = 3.6
alias_maps =
alias_database =
myhostname = mx.{partner}
mydomain = {partner}
myorigin = $mydomain
mydestination = localhost
inet_interfaces = all
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relay_domains = {partner}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
transport_maps = inline:{{ {{ {partner} = discard: }} }}
smtp_tls_security_level = may
"""


def start(host: Host, authority: Authority) -> None:
    """Starts Dovecot, then Postfix; ports 25, 587, 143 and 993 answer when this returns."""
    pair = authority.issue(MAIL_NAME, organisation="Thanh pho Ben Sen (lab)")
    for folder in ("/etc/postfix", "/etc/dovecot"):
        host.write(f"{folder}/lab.pem", pair.certificate)
        host.write(f"{folder}/lab.key", pair.key, mode=0o600)
    host.run("groupadd", "--gid", "5000", "vmail", check=True)
    host.run("useradd", "--uid", "5000", "--gid", "5000", "--no-create-home", "vmail", check=True)
    host.run("install", "-d", "-o", "vmail", "-g", "vmail", "/var/mail/vhosts", check=True)
    mailboxes = "".join(f"{address} {DOMAIN}/{address.partition('@')[0]}/\n" for address in MAIL_PASSWORDS)
    host.write("/etc/postfix/lab-mailboxes", mailboxes)
    users = "".join(f"{address}:{{PLAIN}}{password}::::::\n" for address, password in MAIL_PASSWORDS.items())
    host.write("/etc/dovecot/lab-users", users, mode=0o640, owner="root:dovecot")
    _prepare_postfix(host, _MAIN.format(name=MAIL_NAME, domain=DOMAIN, portal=PORTAL.address, blocklist=BLOCK_LIST))
    _open_submission(host)
    host.write("/etc/dovecot/dovecot.conf", _DOVECOT.format())
    host.start_daemon("dovecot", "-c", "/etc/dovecot/dovecot.conf")
    host.start_daemon("postfix", "start")
    for port in (25, 587, 143, 993):
        host.wait_for_port(port)


def start_partner(host: Host) -> None:
    """Starts Postfix outside, as the server of an office that writes to the city and gets its answers."""
    _prepare_postfix(host, _PARTNER.format(partner=PARTNER_DOMAIN))
    host.start_daemon("postfix", "start")
    host.wait_for_port(25)


def _prepare_postfix(host: Host, main: str) -> None:
    host.write("/etc/postfix/main.cf", main)
    host.run("chown", "postfix:postfix", "/var/lib/postfix", check=True)
    # No chroot: each host's files are its own already, and /dev/log is where rsyslog made it.
    host.run("postconf", "-F", "*/*/chroot = n", check=True)
    host.run("postfix", "check", check=True)


def _open_submission(host: Host) -> None:
    host.run("postconf", "-M", "submission/inet=submission inet n - n - - smtpd", check=True)
    for name, value in (
        ("syslog_name", "postfix/submission"),
        ("smtpd_sasl_auth_enable", "yes"),
        ("smtpd_recipient_restrictions", "permit_sasl_authenticated,reject"),
    ):
        host.run("postconf", "-P", f"submission/inet/{name}={value}", check=True)
