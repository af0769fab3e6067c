"""An ordinary mail program: sends over submission with STARTTLS, reads over IMAP.

Usage: `python -m lab.clients.mail send|read|poll SERVER USER PASSWORD [TO SUBJECT BYTES] | [TIMES SECONDS]`
"""

import imaplib
import smtplib
import ssl
import sys
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

_TIMEOUT_SECONDS = 20.0


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile="/etc/lab-ca.pem")
    context.check_hostname = True
    return context


def send(server: str, user: str, password: str, to: str, subject: str, size: int) -> None:
    """Logs in and sends one message of about `size` bytes."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = user, to, subject
    message["Date"], message["Message-ID"] = formatdate(localtime=True), make_msgid(domain=user.partition("@")[2])
    message.set_content("Kính gửi quý cơ quan,\n" + "Nội dung trao đổi công việc.\n" * (size // 30))
    with smtplib.SMTP(server, 587, timeout=_TIMEOUT_SECONDS) as connection:
        connection.starttls(context=_trust())
        connection.login(user, password)
        connection.send_message(message)


def read(server: str, user: str, password: str) -> None:
    """Logs in over IMAP with TLS from the start, looks at the newest messages, logs out."""
    with imaplib.IMAP4_SSL(server, 993, ssl_context=_trust(), timeout=_TIMEOUT_SECONDS) as connection:
        connection.login(user, password)
        connection.select("INBOX")
        _, found = connection.search(None, "ALL")
        for number in found[0].split()[-3:]:
            connection.fetch(number.decode(), "(RFC822)")


def main(arguments: list[str]) -> None:
    """Runs one verb."""
    verb, server, user, password, *rest = arguments
    if verb == "send":
        send(server, user, password, rest[0], rest[1], int(rest[2]))
    elif verb == "read":
        read(server, user, password)
    elif verb == "poll":
        for _ in range(int(rest[0])):
            read(server, user, password)
            time.sleep(float(rest[1]))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (imaplib.IMAP4.error, smtplib.SMTPException, OSError) as error:
        sys.exit(f"mail: {error}")
