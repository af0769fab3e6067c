"""Who did what to whom in a capture: names asked, servers met, pages fetched, log-ins, remote calls, mail, shares, searches.

Each list is a bounded count; each row keeps where it was seen first (`first`: both ends, packet, flow), for the next question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from khien.capture.reading import Event
from khien.capture.tally import Row, Tally, cut, few

#: The lists in the order in which a person is told.
TOPICS = (
    "logins",
    "expressions",
    "requests",
    "agents",
    "names",
    "domains",
    "servers",
    "calls",
    "shares",
    "searches",
    "mail",
    "anomalies",
)
#: How an event says that the real log-in is told by its NTLM event.
_NTLM = frozenset({"ntlm", "sicily", "gss-spnego", "spnego"})
#: Second levels under a country that are shared by all: the domain of somebody begins one further left.
_SHARED_LEVELS = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
_OUTCOMES = ("success", "failure", "unknown")


class Deeds:
    """Takes events in; `topics` are the lists by name."""

    def __init__(self) -> None:
        ranks = {"logins": _danger, "domains": _spread}
        self.topics: Mapping[str, Tally] = {name: Tally(ranks.get(name)) for name in TOPICS}
        self._by_dataset: Mapping[str, Callable[[Event], None]] = {
            "network.dns": self._name,
            "network.tls": self._server,
            "network.quic": self._server,
            "network.http": self._request,
            "network.dcerpc": self._call,
            "network.smb": self._share,
            "network.ldap": self._search,
            "network.smtp": self._mail,
            "network.imap": self._mail,
            "network.pop3": self._mail,
            "network.anomaly": self._anomaly,
        }

    def add(self, event: Event) -> None:
        """Take one event in."""
        head = event["event"]
        tell = self._by_dataset.get(head["dataset"])
        if tell is not None:
            tell(event)
        if "authentication" in head.get("category", ()) and "start" in head.get("type", ()):
            self._login(event)

    def as_json(self, most: int) -> dict[str, Any]:
        """Every list."""
        return {name: tally.as_json(most) for name, tally in self.topics.items()}

    def _name(self, event: Event) -> None:
        dns = event["dns"]
        question = dns.get("question") or {}
        name, kind = cut(question.get("name")), cut(question.get("type"))
        tally = self.topics["names"]
        if dns.get("type") == "query":
            row = tally.count((name, kind), name=name, type=kind, asker=_address(event, "source"), first=_first(event))
            self._domain(event, name, is_new=row["times"] == 1 and tally.is_whole)
            return
        row = tally.row((name, kind))
        if row["times"] == 0:
            # The question is not in the capture.
            row.update(name=name, type=kind, asker=_address(event, "source"), first=_first(event))
        row["answers"] = row.get("answers", 0) + 1
        few(row, "codes").add(cut(dns.get("response_code")))
        for answer in (dns.get("answers") or ())[:8]:
            if isinstance(data := answer.get("data"), str):
                few(row, "data").add(cut(data))

    def _domain(self, event: Event, name: str, *, is_new: bool) -> None:
        """Many names below one domain are how data leaves through DNS. Counted while all names are kept, so never too many."""
        domain = _domain_of(name)
        row = self.topics["domains"].count(domain, domain=domain, asker=_address(event, "source"), first=_first(event))
        row["names"] = row.get("names", 0) + int(is_new)

    def _server(self, event: Event) -> None:
        if event["event"]["action"] not in {"tls-handshake", "quic-handshake"}:
            return
        tls = event.get("tls") or {}
        client, server = tls.get("client") or {}, tls.get("server") or {}
        to = _end(event, "destination")
        name, ja4 = cut(client.get("server_name")), cut(client.get("ja4"))
        row = self.topics["servers"].count(
            (name or to, ja4),
            name=name,
            ja4=ja4,
            ja3=cut(client.get("ja3")),
            version=cut(tls.get("version")),
            subject=cut(server.get("subject")),
            issuer=cut(server.get("issuer")),
            to=to,
            **{"from": _address(event, "source")},
            first=_first(event),
        )
        row["established"] = row.get("established", 0) + int(tls.get("established") is True)

    def _request(self, event: Event) -> None:
        url, http = event.get("url") or {}, event.get("http") or {}
        method = cut((http.get("request") or {}).get("method"))
        status = (http.get("response") or {}).get("status_code")
        host, target = cut(url.get("domain")), cut(url.get("original"))
        agent = cut((event.get("user_agent") or {}).get("original"))
        ends = {"from": _address(event, "source"), "to": _end(event, "destination")}
        first = _first(event)
        if method or target or status is not None:
            row = self.topics["requests"].count(
                (method, host, target, status), method=method, host=host, target=target, status=status, **ends, first=first
            )
            if agent:
                few(row, "agents").add(agent)
        for place, text in _expressions(event):
            self.topics["expressions"].count((place, text), place=place, text=text, **ends, first=first)
        if agent:
            self.topics["agents"].count(agent, agent=agent, **ends, first=first)

    def _login(self, event: Event) -> None:
        protocol = cut((event.get("network") or {}).get("protocol"))
        user = event.get("user") or {}
        if event["event"]["dataset"] != "network.ntlm" and "name" not in user and _mechanism(event) in _NTLM:
            return
        source, destination = _address(event, "source"), _address(event, "destination")
        outcome = event["event"].get("outcome", "unknown")
        sample = {"protocol": protocol, "from": source, "to": _end(event, "destination")}
        row = self.topics["logins"].count((protocol, source, destination), **sample, first=_first(event))
        for name in _OUTCOMES:
            row[name] = row.get(name, 0) + int(name == outcome)
        domain, name = cut(user.get("domain")), cut(user.get("name"))
        few(row, f"users_{outcome}").add((f"{domain}\\{name}" if domain else name) or "")

    def _call(self, event: Event) -> None:
        if event["event"]["action"] != "dcerpc-call":
            return
        rpc = event["dcerpc"]
        interface = cut(rpc.get("endpoint") or _uuid(rpc))
        operation = cut(rpc.get("operation") or (rpc.get("req") or {}).get("opnum"))
        result = cut(_result(rpc, event["event"].get("outcome")))
        self.topics["calls"].count(
            (interface, operation, result),
            interface=interface,
            operation=operation,
            result=result,
            outcome=event["event"].get("outcome", "unknown"),
            **{"from": _address(event, "source")},
            to=_end(event, "destination"),
            first=_first(event),
        )

    def _share(self, event: Event) -> None:
        action = event["event"]["action"]
        if action not in {"smb-tree", "smb-open", "smb-delete", "smb-rename"}:
            return
        smb, file = event["smb"], event.get("file") or {}
        share, path, status = cut(smb.get("share")), cut(file.get("path")), cut(smb.get("status"))
        self.topics["shares"].count(
            (action, share, path, status),
            action=action,
            share=share,
            path=path,
            status=status,
            outcome=event["event"].get("outcome", "unknown"),
            **{"from": _address(event, "source")},
            to=_end(event, "destination"),
            first=_first(event),
        )

    def _search(self, event: Event) -> None:
        request = (event["ldap"].get("request") or {}).get("search_request")
        if request is None:
            return
        base, wanted = cut(request.get("base_object")), cut(request.get("filter"))
        result = cut(event["ldap"].get("result_code"))
        row = self.topics["searches"].count(
            (base, wanted, result),
            base=base,
            filter=wanted,
            result=result,
            **{"from": _address(event, "source")},
            to=_end(event, "destination"),
            first=_first(event),
        )
        row["entries"] = row.get("entries", 0) + int(event["ldap"].get("result_count") or 0)

    def _mail(self, event: Event) -> None:
        mail = event.get("email")
        if mail is None or event["event"]["action"] != "mail-message":
            return
        sender = cut(_some(mail.get("from")))
        recipients = (mail.get("to") or {}).get("address") or []
        subject = cut(mail.get("subject"))
        row = self.topics["mail"].count(
            (sender, tuple(cut(name) for name in recipients[:8]), subject),
            sender=sender,
            subject=subject,
            **{"from": _address(event, "source")},
            to=_end(event, "destination"),
            first=_first(event),
        )
        for name in recipients[:9]:
            few(row, "recipients").add(cut(name))
        for attachment in (mail.get("attachments") or ())[:9]:
            few(row, "attachments").add(cut((attachment.get("file") or {}).get("name")))

    def _anomaly(self, event: Event) -> None:
        name = event["event"]["action"]
        self.topics["anomalies"].count(name, name=name, first=_first(event))


def _danger(row: Row) -> int:
    """Log-ins that failed and then succeeded first, then by number."""
    return int(row["times"]) + (1 << 40 if row.get("success") and row.get("failure") else 0)


def _expressions(event: Event) -> Iterator[tuple[str, str]]:
    """Where a request carries `${…}`, which only what evaluates it needs: (`url`, `body` or the header's name, the text)."""
    request = (event.get("http") or {}).get("request") or {}
    headers = (event["khien"].get("http") or {}).get("request_headers") or ()
    texts = [("url", (event.get("url") or {}).get("original")), ("body", (request.get("body") or {}).get("content"))]
    texts += [(header.get("name"), header.get("value")) for header in headers]
    for place, text in texts:
        if isinstance(text, str) and (place == "body" or "${" in text):
            yield cut(place), cut(text)


def _spread(row: Row) -> int:
    """Domains by the names below them, then by the questions."""
    return (int(row.get("names", 0)) << 32) + int(row["times"])


def _domain_of(name: str) -> str:
    """The last two labels, three where the second is shared; the public suffix list is not used, and nothing depends on it."""
    labels = name.rstrip(".").lower().rsplit(".", 3)
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED_LEVELS:  # noqa: PLR2004 - a country's code
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def _mechanism(event: Event) -> str:
    """How somebody logs in, in small letters; empty where the event does not say."""
    said = (
        (event.get("smb") or {}).get("authentication"),
        ((event["khien"].get("login")) or {}).get("mechanism"),
        (((event.get("ldap") or {}).get("request") or {}).get("bind_request") or {}).get("authentication"),
    )
    return next((value.lower() for value in said if isinstance(value, str)), "")


def _result(rpc: Mapping[str, Any], outcome: str | None) -> str:
    """What the call came to: its own status where the engine reads it, the fault, else the outcome of the exchange."""
    status = rpc.get("return_name") or rpc.get("return_code")
    if status is not None:
        return str(status)
    if (fault := rpc.get("fault_status")) is not None:
        return f"fault 0x{fault:08x}" if isinstance(fault, int) else f"fault {fault}"
    return outcome or "unknown"


def _uuid(rpc: Mapping[str, Any]) -> str:
    interfaces = rpc.get("interfaces") or [{}]
    return str(interfaces[0].get("service") or interfaces[0].get("uuid") or "")


def _some(addresses: Mapping[str, Any] | None) -> str:
    return ", ".join((addresses or {}).get("address") or [])


def _first(event: Event) -> dict[str, Any]:
    """Where the first one was seen."""
    return {
        "source": _end(event, "source"),
        "destination": _end(event, "destination"),
        "packet": event["khien"].get("packet"),
        "time": event["@timestamp"],
        "community_id": (event.get("network") or {}).get("community_id"),
    }


def _address(event: Event, side: str) -> str:
    return str((event.get(side) or {}).get("ip", ""))


def _end(event: Event, side: str) -> str:
    return written_end(event.get(side) or {})


def written_end(side: Mapping[str, Any]) -> str:
    """`192.0.2.1:80`, `[2001:db8::1]:80`; the address alone where there is no port."""
    address: str = side.get("ip", "")
    port = side.get("port")
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
