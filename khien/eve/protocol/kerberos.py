"""`krb5`: EVE has a record a message, our event tells of request and answer. What SMB and LDAP carry has none of its own."""

from khien.eve.registry import Event, Members, Options, record

_REQUESTS = {"AS": "KRB_AS_REQ", "TGS": "KRB_TGS_REQ"}
_NAMES = ("cname", "realm", "sname")
_ENCRYPTION = ("encryption", "weak_encryption", "ticket_encryption", "ticket_weak_encryption")


@record("network.kerberos", event_type="krb5")
def kerberos(event: Event, _: Options) -> list[Members] | None:
    """A request, and what answered it."""
    ours = event["krb5"]
    if event["network"].get("protocol") != "kerberos":
        return None
    request = _REQUESTS.get(ours.get("request_type", ""))
    bodies: list[Members] = []
    if request is not None and "request" in ours:
        bodies.append({"msg_type": request} | _names(ours["request"]))
    if ours["msg_type"].endswith("_REP") and request is not None:
        given = {name: ours[name] for name in _ENCRYPTION if name in ours}
        bodies.append({"msg_type": ours["msg_type"]} | _names(ours.get("response", {})) | given)
    if ours["msg_type"] == "KRB_ERROR":
        why = {name: ours[name] for name in ("failed_request", "error_code") if name in ours}
        bodies.append({"msg_type": ours["msg_type"]} | why | _names(ours.get("response", {})))
    return [{"krb5": {"encryption": "<none>", "weak_encryption": False} | body} for body in bodies]


def _names(message: Event) -> Members:
    return {name: message.get(name, "<empty>") for name in _NAMES}
