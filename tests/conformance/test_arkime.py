"""Arkime's sessions: their ends, and fields in one spelling."""

import pytest

from tests.conformance.arkime import session_ends
from tests.conformance.arkime_fields import FIELDS, Field

BY_NAME = {field.theirs: field for fields in FIELDS.values() for field in fields}


def test_a_session_is_found_by_its_ends_and_ports_count_only_where_there_are_any() -> None:
    body = {"ipProtocol": 6, "source": {"ip": "2001:DB8:0::1", "port": 9}, "destination": {"ip": "2001:db8::2", "port": 5}}
    assert session_ends(body) == ("tcp", ("2001:db8::1", 9), ("2001:db8::2", 5))
    assert session_ends(body | {"ipProtocol": 50}) == ("esp", ("2001:db8::1", 0), ("2001:db8::2", 0))
    assert session_ends(body | {"ipProtocol": 250}) == ("250", ("2001:db8::1", 0), ("2001:db8::2", 0))


def test_a_session_of_frames_that_are_no_ip_has_no_ends() -> None:
    assert session_ends({"source": {"packets": 1}, "destination": {"packets": 0}}) is None


@pytest.mark.parametrize(
    ("name", "theirs", "ours"),
    [
        ("tls.version", "TLSv1.3-draft-18", "1.3"),
        ("tls.version", "TLSv1", "1.0"),
        ("tls.version", "SSLv3", "3.0"),
        ("cert.serial", "023a76", "023A76"),
        ("cert.hash", "0e:a3:27", "0EA327"),
        ("cert.notAfter", "1419292800000", "2014-12-23T00:00:00.000000Z"),
        ("cert.subjectCN", "geotrust global ca", "C=US, O=GeoTrust Inc., CN=GeoTrust Global CA"),
        ("http.host", "localhost:8080", "localhost"),
        ("dns.queryHost", "уаноо.қаз", "xn--80a0adav.xn--80ao21a"),
        ("email.src", "<a@b.vn>", "a@b.vn"),
    ],
)
def test_both_spellings_become_one(name: str, theirs: str, ours: str) -> None:
    turn = BY_NAME[name].turn
    assert turn(theirs).lower() == turn(ours).lower()


def test_names_among_addresses_are_left_out() -> None:
    field: Field = BY_NAME["dns.answers.ip"]
    assert [field.turn(value) for value in ("ns1.vn", "2001:DB8::1")] == ["", "2001:db8::1"]
