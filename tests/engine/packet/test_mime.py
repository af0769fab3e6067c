"""MIME inside mail: attachments, encodings, words in other character sets, links."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conversation import Conversation, capture
from tests.engine.packet.reading import Reading, read

#: Many captures hold sums that a network card had yet to compute.
AS_IS = PacketSettings(checksums="off")


def files(reading: Reading) -> dict[str, dict[str, Any]]:
    """The files of a capture by name."""
    return {event["file"].get("name", ""): event for event in reading.events("network.file")}


def mailed(text: str) -> bytes:
    """A capture of one mail."""
    turns = [
        (False, b"220 a ESMTP\r\n"),
        (True, b"EHLO b\r\nMAIL FROM:<x@y.vn>\r\nRCPT TO:<z@a.vn>\r\nDATA\r\n"),
        (False, b"250 a\r\n250 a\r\n250 a\r\n354 a\r\n"),
        (True, text.replace("\n", "\r\n").encode() + b"\r\n.\r\n"),
        (False, b"250 queued\r\n"),
    ]
    return capture(Conversation(turns=turns, server_port=25))


def test_a_quoted_printable_attachment_is_the_file_that_was_sent(captures: Path) -> None:
    # suricata-verify/mime/mime-quoted-printable/test.yaml
    reading = read(str(captures / "suricata-verify/mime/mime-quoted-printable/input.pcap"), AS_IS)
    event = files(reading)["related.patch"]
    assert event["file"]["size"] == 34_224
    assert event["file"]["hash"]["sha256"] == "359641873610597882317aee0f72104ed54fe8aa82d6fa323a5418e4529bd3b9"
    assert event["khien"]["file"]["sender"] == "source"
    assert "smtp" in event


def test_a_name_in_pieces_is_put_together(captures: Path) -> None:
    # suricata-verify/bug-6207-2/test.yaml: RFC 2231 continuations behind bare line feeds, two bytes of base64
    reading = read(str(captures / "suricata-verify/bug-6207-2/input.pcap"), AS_IS)
    (name,) = files(reading)
    assert name == "smtptest-2021-02-25T13-54-22Z-aefb2fc1308d62f4b6c74769f69b13ddf80e995fd98ae442f3be499ea928c67f..zip"
    assert files(reading)[name]["file"]["size"] == 2


def test_a_long_name_is_kept_and_told(captures: Path) -> None:
    # suricata-verify/mime/mime-dec-parse-long-filename01/test.yaml: MIME_LONG_FILENAME
    reading = read(str(captures / "suricata-verify/mime/mime-dec-parse-long-filename01/input.pcap"), AS_IS)
    (name,) = files(reading)
    assert name.startswith("12characters" * 21)
    assert "mime_long_filename" in {event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")}


def test_a_file_inside_a_mail_that_lies_about_its_encoding_is_found(captures: Path) -> None:
    # suricata-verify/mime/smtp-mime-encap-8649-combined: message/rfc822 marked as base64, which it is not
    reading = read(str(captures / "suricata-verify/mime/smtp-mime-encap-8649-combined/input.pcap"))
    assert files(reading)["malware.exe"]["file"]["size"] == 30
    assert "innocent.txt" in files(reading)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        # arkime/<name>.test, email.subject
        ("smtp-subject-8859-b", "test å é î ø ü"),
        ("smtp-subject-encoded-empty", "Can this 10 Second Trick Help Prevent YOUR Heart Attack?"),
        ("smtp-zip", "zip test"),
    ],
)
def test_subjects_in_encoded_words_become_text(captures: Path, name: str, subject: str) -> None:
    events = read(str(captures / f"arkime/{name}.pcap"), AS_IS).events("network.smtp")
    assert subject in [event.get("email", {}).get("subject") for event in events]


def test_vietnamese_in_an_old_character_set_becomes_text(write_capture: Callable[[bytes], str]) -> None:
    # windows-1258 writes some tones as letters of their own; the event is composed (NFC)
    reading = read(write_capture(mailed("Subject: =?windows-1258?Q?C=F4ng_v=E3n_s=F4=EC_5?=\n\nxin")))
    assert reading.events("network.smtp")[0]["email"]["subject"] == "Công văn số 5"


def test_links_of_text_and_html_are_told_once_each(write_capture: Callable[[bytes], str]) -> None:
    text = (
        'Content-Type: multipart/alternative; boundary="b"\n\n--b\n\nSee http://a.vn/x.\n--b\nContent-Type: text/html\n'
        'Content-Transfer-Encoding: quoted-printable\n\n<a href=3D"http://evil.example/lo=\ngin?a=3D1&amp;b=3D2">http://a.vn/x</a>\n--b--'
    )
    (event,) = read(write_capture(mailed(text))).events("network.smtp")
    assert event["khien"]["email"]["url"] == ["http://a.vn/x", "http://evil.example/login?a=1&b=2"]


def test_a_thousand_parts_inside_one_another_end_at_sixteen(write_capture: Callable[[bytes], str]) -> None:
    text = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(1_000))
    reading = read(write_capture(mailed(text + "\nhttp://deep.example/\n")))
    assert "mime_too_deep" in {event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")}
    (event,) = reading.events("network.smtp")
    assert event["khien"]["email"]["status"] == "done"


def test_a_uuencoded_file_in_a_plain_text_is_a_file(write_capture: Callable[[bytes], str]) -> None:
    # uuencode of b"Cat" is #0V%T
    reading = read(write_capture(mailed("Subject: x\n\nhere:\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye")))
    assert files(reading)["cat.txt"]["file"]["hash"]["md5"] == "fa3ebd6742c360b2d9652b7f78d9bd7d"
