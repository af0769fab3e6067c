"""`notifications.yaml`: a whole one works, a broken one is refused with the place in it, and no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident_api.notifications.settings import FILE, NotificationSettings
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import city

WHOLE = """
page: https://khien.bensen.example:8443
channels:
  mail: {type: smtp, host: mail.bensen.example, user: khien, password_file: secrets/smtp, sender: khien@bensen.example}
  sms: {type: modem, device: /dev/ttyUSB0, pin_file: secrets/pin}
  chat: {type: webhook, hosts: [chat.bensen.example], secret_file: secrets/chat}
  province: {type: syslog, host: soc.province.example, format: cef}
ladder: {M1: [sms, mail], high: [mail, sms], normal: [mail]}
ladder_of: {irt.leader: {M1: [sms]}}
"""


def folder(path: Path, text: str) -> Path:
    (path / FILE).write_text(text, encoding="utf-8")
    secrets = path / "secrets"
    secrets.mkdir(exist_ok=True)
    for name in ("smtp", "pin", "chat"):
        (secrets / name).write_text("4711")
        (secrets / name).chmod(0o600)
    return path


def refused(path: Path) -> KhienError:
    with pytest.raises(KhienError) as found:
        NotificationSettings.load(path)
    assert "4711" not in str(found.value)
    return found.value


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    found = NotificationSettings.load(folder(tmp_path, WHOLE))
    assert list(found.channels) == ["mail", "sms", "chat", "province"]
    assert found.kinds_of("irt.leader", "M1") == ("sms",)
    assert found.kinds_of("irt.leader", "high") == ("mail", "sms")
    assert found.serving("webhook") == ("chat",)
    assert "4711" not in repr(found)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("type: smtp", "type: pigeon", "channels/mail"),
        ("host: mail.bensen.example", "hosst: x", "channels/mail/smtp/host"),
        ("high: [mail, sms]", "high: [mail, voice]", "no channel serves `voice`"),
        ("user: khien, ", "", "belong together"),
        ("sender: khien@bensen.example", "security: none, sender: khien@bensen.example", "only for a mail server on this machine"),
        ("device: /dev/ttyUSB0", "device: ../../etc/passwd", "channels/sms/modem/device"),
        ("hosts: [chat.bensen.example]", "hosts: []", "channels/chat/webhook/hosts"),
        ("page: https", "page: http", "page"),
        ("ladder_of:", "ladder_off:", "ladder_off"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in WHOLE
    error = refused(folder(tmp_path, WHOLE.replace(old, new)))
    assert error.code == "notify.settings"
    assert says in f"{error.params['place']} {error.params['reason']}"


@pytest.mark.parametrize("text", ["[", "a: &x 1\nb: *x", "- a", "channels: {mail: {type: smtp}, mail: {type: smtp}}"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(folder(tmp_path, text)).code == "notify.settings"


def test_a_secret_that_is_missing_or_open_to_others_is_refused(tmp_path: Path) -> None:
    path = folder(tmp_path, WHOLE)
    (path / "secrets" / "smtp").chmod(0o644)
    assert refused(path).code == "notify.secret_is_open"
    (path / "secrets" / "smtp").unlink()
    assert refused(path).code == "notify.secret"


def test_the_server_does_not_start_with_a_broken_file(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / FILE).write_text("channels: {mail: {type: smtp}}")
    with pytest.raises(KhienError) as found, city(tmp_path, clock=clock, log_ins=False):
        pass
    assert found.value.code == "notify.settings"
