"""Observables are read from what people write, defanged or not; ordinary words are none; hostile text is read to its end."""

from __future__ import annotations

import pytest

from incident_api.casework import indicators
from incident_api.casework.indicators import Indicator, Kind, indicators_in, of_value

MD5 = "d41d8cd98f00b204e9800998ecf8427e"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def read(text: str) -> list[tuple[str, str]]:
    return [(each.kind.value, each.value) for each in indicators_in(text).indicators]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("máy 198.51.100.7 gọi ra", [("ipv4", "198.51.100.7")]),
        ("198[.]51.100[.]7:8443,", [("ipv4", "198.51.100.7")]),
        ("[2001:DB8::1]:443", [("ipv6", "2001:db8::1")]),
        ("fe80::1%eth0", [("ipv6", "fe80::1")]),
        ("hxxps://evil[.]example/a.php?x=1).", [("url", "https://evil.example/a.php?x=1"), ("domain", "evil.example")]),
        ("http://u:pw@203.0.113.9/z", [("url", "http://203.0.113.9/z"), ("ipv4", "203.0.113.9")]),
        ("http://[2001:db8::5]:80/x", [("url", "http://[2001:db8::5]:80/x"), ("ipv6", "2001:db8::5")]),
        ("An.Nguyen@so-yt[.]gov[.]vn", [("mail", "An.Nguyen@so-yt.gov.vn"), ("domain", "so-yt.gov.vn")]),
        ("a[at]b[.]zzq", [("mail", "a@b.zzq"), ("domain", "b.zzq")]),
        ("tới bad[.]zzqq.", [("domain", "bad.zzqq")]),
        ("Cổng.Example.COM", [("domain", "xn--cng-qmz.example.com")]),
        ("tệp C:\\Users\\x\\hoa_don.pdf.exe", [("file", "hoa_don.pdf.exe")]),
        ("run.sh và a.zip", [("file", "run.sh"), ("file", "a.zip")]),
        ("(cve-2021-44228), CVE-2026-123456.", [("cve", "CVE-2021-44228"), ("cve", "CVE-2026-123456")]),
        (f"md5:{MD5.upper()} {SHA256}", [("md5", MD5), ("sha256", SHA256)]),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", [("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709")]),
        ("198.51.100.7 198.51.100.7 198[.]51[.]100[.]7", [("ipv4", "198.51.100.7")]),
    ],
)
def test_an_observable_is_read_in_its_canonical_form(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "v.v. Th.S A, e.g. this; lúc 10:30:00 ngày 23.11.2026",
        "std::vector a::b Foo::Bar",
        "irt.leader và user.name, khien.text",
        "xong.Máy khác vẫn ổn...",
        "1.2.3 1.2.3.4.5 999.1.1.1 10.0.0.256",
        "CVE-2026-12 CVE-20260-12345",
        MD5[:-1] + "g",
        "@ @@ a@ @b a@b",
        "http:// https:///x ftp://?",
    ],
)
def test_ordinary_text_holds_none(text: str) -> None:
    assert read(text) == []


def test_more_than_the_bounds_is_counted_and_not_kept() -> None:
    many = " ".join(f"10.{number // 250}.{number % 250}.1" for number in range(indicators.MOST + 7))
    found = indicators_in(many)
    assert (len(found.indicators), found.left_out) == (indicators.MOST, 7)
    long = indicators_in("x" * indicators.LONGEST + " 198.51.100.7")
    assert (long.indicators, long.left_out) == ((), 1)


@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "@",
        "http://",
        "[.]",
        "1.",
        ":",
        "a@",
        "-",
        "a-",
        "hxxp",
        "[at",
        "CVE-",
        "a" * 63 + ".",
        "ế.",
        "[",
        "://",
        "0x",
        "\\",
        "x." * 40 + " ",
    ],
)
def test_hostile_text_is_read_to_its_end(piece: str) -> None:
    # The timeout of the test is the bound: what goes back over its text would need hours here.
    hostile = (piece * indicators.LONGEST)[: indicators.LONGEST - 20]
    assert Indicator(Kind.IPV4, "198.51.100.7") in indicators_in(f"198.51.100.7 {hostile}").indicators


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.IPV4, "198[.]51[.]100[.]7", "198.51.100.7"),
        (Kind.DOMAIN, "evil.zzq", "evil.zzq"),
        (Kind.FILE, "svchost", "svchost"),
        (Kind.SHA256, SHA256.upper(), SHA256),
        (Kind.IPV4, "evil.example", None),
        (Kind.FILE, "a\nb", None),
        (Kind.DOMAIN, "không có", None),
    ],
)
def test_what_a_person_names_must_be_what_they_say(kind: Kind, text: str, value: str | None) -> None:
    found = of_value(kind, text)
    assert (found.value if found else None) == value
