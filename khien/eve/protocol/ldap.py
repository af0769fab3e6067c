"""`ldap`: a request with its answers. Names and texts that are empty stand as empty texts; sealed messages have no record."""

from khien.eve.registry import Event, Members, Options, record

#: Texts that every operation of a kind has, empty or not.
_TEXTS = {"search_request": ("base_object",), "search_result_entry": ("base_object",), "bind_request": ("name",)}
_RESULT = ("matched_dn", "message")
#: Members that EVE has no name for.
_NOT_IN_EVE = frozenset({"controls", "filter", "authentication"})


@record("network.ldap", event_type="ldap")
def ldap(event: Event, _: Options) -> Members | None:
    """One transaction."""
    ours = event["ldap"]
    if event["event"]["action"] == "ldap-sealed":
        return None
    body: Members = {}
    if "request" in ours:
        body["request"] = _operation(ours["request"])
    if "responses" in ours:
        body["responses"] = [_operation(response) for response in ours["responses"]]
    return {"ldap": body}


def _operation(ours: Event) -> Members:
    name = ours["operation"]
    found = {key: value for key, value in ours.items() if key not in _NOT_IN_EVE}
    members = {key: value for key, value in ours.get(name, {}).items() if key not in _NOT_IN_EVE}
    texts = _RESULT if "result_code" in members else _TEXTS.get(name, ())
    members = dict.fromkeys(texts, "") | members
    if members:
        found[name] = members
    return found
