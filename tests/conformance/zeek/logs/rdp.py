"""`rdp`: a Remote Desktop connection."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

#: Zeek's names of what the captures hold.
_BUILD = {9_600: "RDP 8.1"}
_LANGUAGE = {0x0409: "English - United States", 0x041E: "Thai"}
_TLS = {"SSL", "HYBRID", "RDSTLS", "HYBRID_EX"}


@log("rdp")
def rdp(events: Sequence[Event]) -> Iterator[Row]:
    """One row a connection."""
    for event in of(events, "network.rdp"):
        yield _row(event)


def _row(event: Event) -> Row:
    ours = event["rdp"]
    client = ours.get("client", {})
    depth = client.get("color_depth")
    layout = client.get("keyboard_layout")
    build = client.get("build")
    return ends(event) | {
        "cookie": ours.get("cookie", ""),
        "result": _result(ours),
        "security_protocol": ours.get("security_protocol"),
        "client_channels": ours.get("channels"),
        "keyboard_layout": None if layout is None else _keyboard(int(layout, 16)),
        "client_build": None if build is None else _BUILD.get(build, f"unknown-{build}"),
        "client_name": client.get("client_name"),
        "client_dig_product_id": client.get("id"),
        "desktop_width": client.get("desktop_width"),
        "desktop_height": client.get("desktop_height"),
        "requested_color_depth": None if depth is None else f"{depth}bit",
        "cert_type": ours.get("cert_type"),
        "cert_count": ours.get("cert_count", 0),
        "cert_permanent": ours.get("cert_permanent"),
        "encryption_level": _capitalized(ours.get("encryption_level")),
        "encryption_method": ours.get("encryption_method"),
    }


def _result(ours: Event) -> str | None:
    if ours.get("security_protocol") in _TLS:
        return "encrypted"
    return _capitalized(ours.get("result"))


def _keyboard(layout: int) -> str:
    language = _LANGUAGE.get(layout & 0xFFFF, "")
    return language if layout in _LANGUAGE else f"{language} (Best Guess for {layout})"


def _capitalized(text: str | None) -> str | None:
    return None if text is None else text.capitalize()
