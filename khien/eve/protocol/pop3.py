"""`pop3`: a command with its reply, or the greeting."""

from khien.eve.registry import Event, Members, Options, record


@record("network.pop3", event_type="pop3")
def pop3(event: Event, _: Options) -> Members:
    """EVE writes lists that are empty, and a header without text."""
    ours = event["pop3"]
    found: Members = {}
    if "request" in ours:
        found["request"] = {"args": [], **ours["request"]}
    if "response" in ours:
        found["response"] = {"header": "", "data": [], **ours["response"]}
    return {"pop3": found}
