"""`smtp`: one mail, or a session without any. `members(event)` also describes the files that a mail carried."""

from collections.abc import Iterable

from khien.eve.registry import Event, Members, Options, record

_STATUS = {"header": "HEADER_STARTED", "body": "BODY_STARTED", "done": "PARSE_DONE"}
#: Names of attachments are cut here.
_MAX_NAME = 255


@record("network.smtp", event_type="smtp")
def smtp(event: Event, _: Options) -> Members | None:
    """A mail, an attempt at one, or a session in which none was tried. EVE has no record of a log-in."""
    if event["event"]["action"] == "smtp-login":
        return None
    return members(event)


def members(event: Event) -> Members:
    """EVE's `smtp` and `email` objects of an event that holds ours."""
    ours = event.get("smtp", {})
    found: Members = {"smtp": {name: ours[name] for name in ("helo", "mail_from", "rcpt_to") if name in ours}}
    email = _email(event)
    if email:
        found["email"] = email
    return found


def _email(event: Event) -> Members:
    ours, own = event.get("email", {}), event["khien"].get("email", {})
    message_id = ours.get("message_id")
    found = {
        "status": _status(event),
        "from": ", ".join(written(event, "from")),
        "to": written(event, "to"),
        "cc": written(event, "cc"),
        "subject": ours.get("subject"),
        "x_mailer": ours.get("x_mailer"),
        "date": own.get("date"),
        "message_id": f"<{message_id}>" if message_id else None,
        "received": [_unfolded(text) for text in own.get("received", [])],
        "attachment": list(_names(ours.get("attachments", []))),
        "url": own.get("url"),
    }
    return {name: value for name, value in found.items() if value}


def written(event: Event, name: str) -> list[str]:
    """The mailboxes of a header field as the mail writes them."""
    own, ours = event["khien"].get("email", {}), event.get("email", {})
    found: list[str] = own.get(name) or ours.get(name, {}).get("address", [])
    return found


def _status(event: Event) -> str | None:
    own = event["khien"]
    if "email" in own:
        return _STATUS[own["email"]["status"]]
    if "file" in own and "email" in event:
        return _STATUS["done" if own["file"]["state"] == "closed" else "body"]
    return None


def _unfolded(text: str) -> str:
    """EVE joins folded lines without the tab that a folded line begins with."""
    return text.replace("\t", "")


def _names(attachments: Iterable[Event]) -> Iterable[str]:
    return (attachment["file"]["name"][:_MAX_NAME] for attachment in attachments if "name" in attachment["file"])
