"""`ntlm`: a log-in by NTLM, whatever protocol carried it."""

from collections.abc import Iterator, Sequence

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

_OUTCOME = {"success": True, "failure": False}


@log("ntlm")
def ntlm(events: Sequence[Event]) -> Iterator[Row]:
    """One row an exchange."""
    for event in of(events, "network.ntlm"):
        ours, user = event["ntlm"], event.get("user", {})
        server = ours.get("server", {})
        yield ends(event) | {
            "username": user.get("name"),
            "hostname": ours.get("host"),
            "domainname": user.get("domain"),
            "server_nb_computer_name": server.get("netbios"),
            "server_dns_computer_name": server.get("dns"),
            "server_tree_name": server.get("tree"),
            # Of what carries NTLM only SMB tells Zeek how it went; we also see whether the first call was answered.
            "success": _OUTCOME.get(event["event"].get("outcome", "")) if event["network"].get("protocol") == "smb" else None,
        }
