"""`tls`: a handshake, with the certificates of both ends and the fingerprints JA3, JA3S and JA4."""

import re

from khien.eve.head import app_proto
from khien.eve.registry import Event, Members, Options, record

_VERSION = {
    "ssl 2.0": "SSLv2",
    "ssl 3.0": "SSLv3",
    "tls 1.0": "TLSv1",
    "tls 1.1": "TLS 1.1",
    "tls 1.2": "TLS 1.2",
    "tls 1.3": "TLS 1.3",
    "dtls 1.0": "DTLS 1.0",
    "dtls 1.2": "DTLS 1.2",
    "dtls 1.3": "DTLS 1.3",
}
#: High byte of the versions that drafts of TLS 1.3 had, and the first of them that EVE tells by its number.
_DRAFT = 0x7F
_FIRST_NUMBERED_DRAFT = 16
_PAIRS = re.compile("..")
_MAIL = re.compile(r"(^|, | \+ )emailAddress=")


@record("network.tls", event_type="tls")
def tls(event: Event, _: Options) -> Members:
    """One handshake."""
    ours, own = event["tls"], event["khien"].get("tls", {})
    client, server = ours.get("client", {}), ours.get("server", {})
    body = _certificate(server)
    if ours.get("resumed"):
        body["session_resumed"] = True
    if "server_name" in client:
        body["sni"] = client["server_name"]
    body["version"] = _version(ours, own)
    if "from_proto" in own:
        body["from_proto"] = app_proto(own["from_proto"])
    for name, ja3, string in (
        ("ja3", client.get("ja3"), own.get("ja3_string")),
        ("ja3s", server.get("ja3s"), own.get("ja3s_string")),
    ):
        if ja3 is not None:
            body[name] = {"hash": ja3} if string is None else {"hash": ja3, "string": string}
    if "ja4" in client:
        body["ja4"] = client["ja4"]
    if "client_alpns" in own:
        body["client_alpns"] = own["client_alpns"]
    if "next_protocol" in ours:
        body["server_alpns"] = [ours["next_protocol"]]
    presented = _certificate(client)
    if presented:
        body["client"] = presented
    return {"tls": body}


def _version(ours: Event, own: Event) -> str:
    code = own.get("version_code", 0)
    if code >> 8 == _DRAFT and code & 0xFF >= _FIRST_NUMBERED_DRAFT:
        return f"TLS 1.3 draft-{code & 0xFF}"
    if own.get("early_draft"):
        return "TLS 1.3 draft-<16"
    key = f"{ours.get('version_protocol', 'tls')} {ours.get('version', '')}"
    return _VERSION.get(key, "UNDETERMINED")


def _certificate(end: Event) -> Members:
    """What one end presented; absent members were not seen."""
    x509 = end.get("x509", {})
    found: Members = {}
    if "subject" in end:
        found["subject"] = _name(end["subject"])
    if "issuer" in end:
        found["issuerdn"] = _name(end["issuer"])
    if "serial_number" in x509:
        found["serial"] = _serial(x509["serial_number"])
    if "sha1" in end.get("hash", {}):
        found["fingerprint"] = colons(end["hash"]["sha1"]).lower()
    for ours, theirs in (("not_before", "notbefore"), ("not_after", "notafter")):
        if ours in end:
            found[theirs] = end[ours][:19]
    if "alternative_names" in x509:
        found["subjectaltname"] = x509["alternative_names"]
    return found


def _name(text: str) -> str:
    """A distinguished name with EVE's word for a mail address."""
    return _MAIL.sub(r"\1Email=", text)


def _serial(digits: str) -> str:
    """The number as its encoding has it: with a zero byte before a first bit that is set."""
    return colons(f"00{digits}" if digits[:1] >= "8" else digits)


def colons(digits: str) -> str:
    """Hexadecimal digits in pairs: `0A1B` becomes `0A:1B`."""
    return ":".join(_PAIRS.findall(digits))
