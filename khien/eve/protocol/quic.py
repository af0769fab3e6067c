"""`quic`: one record a hello, as EVE tells of each Initial packet that completes one."""

from khien.eve.registry import Event, Members, Options, record

#: `quic.version` where EVE spells it otherwise.
_VERSION = {"draft-22": "draft 22", "draft-23": "draft 23", "draft-24": "draft 24", "draft-29": "draft 29"}


@record("network.quic", event_type="quic")
def quic(event: Event, _: Options) -> list[Members]:
    """The hellos of one connection; none for the event that tells of its end."""
    hellos = event["khien"].get("quic", {}).get("hellos", [])
    client, server = _client(event), _server(event)
    return [{"pcap_cnt": hello["packet"], "quic": client if hello["client"] else server} for hello in hellos]


def _version(event: Event) -> Members:
    version = event["quic"].get("version")
    return {} if version is None else {"version": _VERSION.get(version, version)}


def _client(event: Event) -> Members:
    ours, own = event.get("tls", {}).get("client", {}), event["khien"].get("tls", {})
    body = _version(event)
    if "server_name" in ours:
        body["sni"] = ours["server_name"]
    if "user_agent" in event:
        body["ua"] = event["user_agent"]["original"]
    if "cyu" in event["quic"]:
        body["cyu"] = event["quic"]["cyu"]
    if "ja3" in ours:
        body["ja3"] = {"hash": ours["ja3"], "string": own.get("ja3_string", "")}
    if "ja4" in ours:
        body["ja4"] = ours["ja4"]
    return _with_extensions(body, event["quic"].get("extensions"))


def _server(event: Event) -> Members:
    ours, own = event.get("tls", {}).get("server", {}), event["khien"].get("tls", {})
    body = _version(event)
    if "ja3s" in ours:
        body["ja3s"] = {"hash": ours["ja3s"], "string": own.get("ja3s_string", "")}
    return _with_extensions(body, event["quic"].get("server_extensions"))


def _with_extensions(body: Members, extensions: list[Members] | None) -> Members:
    return body if extensions is None else body | {"extensions": extensions}
