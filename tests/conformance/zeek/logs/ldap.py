"""`ldap` and `ldap_search`: a row a request; searches have a log of their own."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests.conformance.engine import Event
from tests.conformance.zeek.registry import Row, ends, log, of

#: Length of a bracket with the sign of a group.
_OPENING = 2
_SCOPES = ("base", "single", "tree")
_ALIASES = ("never", "searching", "finding", "always")
_OPCODES = {
    "bind_request": "bind",
    "unbind_request": "unbind",
    "modify_request": "modify",
    "add_request": "add",
    "del_request": "delete",
    "mod_dn_request": "modify DN",
    "compare_request": "compare",
    "extended_request": "extended",
}
_AUTHENTICATION = {"simple": "bind simple", "sasl": "bind SASL"}
#: What Zeek calls extended operations, behind their number.
_EXTENDED = {"1.3.6.1.4.1.4203.1.11.3": "whoami", "1.3.6.1.4.1.1466.20037": "StartTLS"}


def _requests(events: Sequence[Event]) -> Iterator[tuple[Event, str, dict[str, Any]]]:
    for event in of(events, "network.ldap"):
        request = event["ldap"].get("request")
        if request is not None:
            yield event, request["operation"], request.get(request["operation"], {})


def _final(event: Event) -> Row:
    """Result and diagnostic message of the last answer."""
    responses = event["ldap"].get("responses", ())
    last = responses[-1] if responses else {}
    members = last.get(last.get("operation"), {})
    code = members.get("result_code")
    result = code.replace("_", " ").replace("sasl", "SASL") if code is not None else None
    # Zeek's baselines show a NUL as a question mark.
    message = members.get("message")
    return {"result": result, "diagnostic_message": None if message is None else message.replace("\0", "?")}


@log("ldap")
def ldap(events: Sequence[Event]) -> Iterator[Row]:
    """Everything but searches and abandoned requests."""
    for event, operation, members in _requests(events):
        if operation not in _OPCODES:
            continue
        opcode = _AUTHENTICATION.get(members.get("authentication", ""), _OPCODES[operation])
        row = ends(event) | {"message_id": event["ldap"]["request"]["message_id"], "opcode": opcode}
        yield row | {"version": members.get("version")} | _final(event) | _object(operation, members)


def _object(operation: str, members: dict[str, Any]) -> Row:
    """What is acted on, and with what."""
    if operation == "bind_request":
        mechanism = members.get("sasl", {}).get("mechanism")
        secret = "REDACTED" if members["authentication"] == "simple" else mechanism
        return {"object": members.get("name"), "argument": secret}
    if operation == "extended_request":
        name = members.get("name")
        known = _EXTENDED.get(name or "")
        return {"object": name if known is None else f"{name} ({known})", "argument": None}
    if operation == "modify_request":
        changes = (_change(change) for change in members.get("changes", ()))
        return {"object": members.get("object"), "argument": ", ".join(changes)}
    return {"object": None, "argument": None}


def _change(change: dict[str, Any]) -> str:
    what = change.get("modification", {})
    values = ",".join(what.get("attribute_values", ()))
    return f"{change['operation']}({what.get('attribute_type')}={values})"


@log("ldap_search")
def ldap_search(events: Sequence[Event]) -> Iterator[Row]:
    """Searches."""
    for event, operation, members in _requests(events):
        if operation != "search_request":
            continue
        row = ends(event) | {
            "message_id": event["ldap"]["request"]["message_id"],
            "scope": _SCOPES[members["scope"]],
            "deref_aliases": _ALIASES[members["deref_alias"]],
            "base_object": members.get("base_object"),
            "result_count": event["ldap"]["result_count"],
            "filter": _by_twos(members["filter"]) if "filter" in members else None,
        }
        yield row | _final(event)


def _by_twos(text: str) -> str:
    """Zeek writes a group of many conditions as groups of two, one inside the other; texts hold no bare bracket (RFC 4515)."""
    groups: list[list[str]] = [[]]
    signs: list[str] = []
    for token in re.findall(r"\([&|!](?=\()|\([^()]*\)|\)", text):
        if len(token) == _OPENING:
            signs.append(token)
            groups.append([])
        elif token == ")":
            parts, sign = groups.pop(), signs.pop()
            whole = parts[0] if len(parts) > 1 else f"{sign}{''.join(parts)})"
            for part in parts[1:]:
                whole = f"{sign}{whole}{part})"
            groups[-1].append(whole)
        else:
            groups[-1].append(token)
    return "".join(groups[0])
