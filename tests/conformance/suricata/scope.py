"""Which filters are not ours, and why: what other parts of an intrusion prevention system write, later protocols, verdicts.

Each is listed under `unsupported` by name; none is skipped silently.
"""

from tests.conformance.suricata.case import Case, Filter

#: Protocols that come later (sensing.md, section 7).
_LATER = frozenset({"pgsql", "dnp3", "websocket", "ike", "nfs", "tftp", "rfb"})
_VERDICTS = frozenset({"drop", "reject", "rejectsrc", "rejectdst", "rejectboth"})
#: Tests in which a rule's `config` or `bypass` decides what is logged.
_BY_RULE = frozenset({"cond-log-dns-dig#0", "detect-bypass-udp#0"})


def not_ours(case: Case, filter_: Filter) -> str | None:
    """The reason why this filter is not ours; `None` when it is."""
    for rule in (_by_target, _by_kind, _by_verdict, _by_outcome):
        reason = rule(case, filter_)
        if reason is not None:
            return reason
    return None


def _by_target(_: Case, filter_: Filter) -> str | None:
    kind = filter_.kind
    if kind is None:
        return "counts any event on a port"
    if filter_.filename is not None and kind not in {"alert", "drop", "stats"}:
        return "another output file"
    return None


def _by_kind(_: Case, filter_: Filter) -> str | None:
    kind = filter_.kind
    if kind == "drop":
        return "drop"
    if kind == "alert" or any(key.startswith("alert") for key in filter_.match):
        return "alert"
    if kind in {"stats", "netflow", "stream_tcp"}:
        return kind
    return f"later protocol: {kind}" if kind in _LATER else None


def _by_verdict(case: Case, _: Filter) -> str | None:
    """Firewall tests, and inline tests whose rules drop: their verdicts change the traffic."""
    if case.name.startswith("firewall/"):
        return "a verdict changes the traffic"
    is_inline = "--simulate-ips" in case.args or "stream.inline=true" in case.args
    return "a verdict changes the traffic" if is_inline and case.rule_actions() & _VERDICTS else None


def _by_outcome(_: Case, filter_: Filter) -> str | None:
    states = filter_.match.get("flow.alerted") is True or filter_.match.get("fileinfo.stored") is True
    return "states a rule's outcome" if states or filter_.name in _BY_RULE else None
