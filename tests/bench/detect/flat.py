"""An event of ours as the flat event that other Sigma engines read: the rules' own field names, and what it is in Sigma's words.

The names come from the table that our compiler maps with (`correlator.compiler.fields`), read backwards; an event log's own fields
stand as they are. `product`, `category` and `service` are single values there: where one event belongs to several categories of
Sigma (Sysmon 12 to 14), the narrowest is named, and rules of the wider one do not see it. An event that no category or service
of Sigma speaks of says so in a word of its own: an engine that skips a rule only where both sides differ would else try them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from khien_engine.logs import windows_dataset
from sigma.pipelines.common import windows_logsource_mapping

from correlator.compiler import windows
from correlator.compiler.fields import fields_of
from correlator.compiler.logsource import Logsource

Event = Mapping[str, Any]

#: Of several categories for one code: these are what the others are made of.
_WIDE = frozenset({"registry_event", "sysmon_status"})
_NONE = "none"
#: The logsource of what is not from an event log, as its own software would be called.
_OTHERS: Mapping[str, Logsource] = {
    "web.access": Logsource(product="apache", category="webserver", service="access"),
    "network.flow": Logsource(product="zeek", category=_NONE, service="conn"),
    "network.dns": Logsource(product="zeek", category="dns", service="dns"),
}
#: Numbers in the log, texts in ECS.
_NUMBERS = frozenset({"EventID", "Level"})
_LEVELS = {word: int(number) for number, word in windows.WORDS["log.level"].items() if number != "0"}


def flat(event: Event) -> dict[str, Any]:
    """The event in the rules' own names, with its logsource."""
    logsource = _logsource(event)
    found: dict[str, Any] = {"product": logsource.product, "category": logsource.category, "service": logsource.service}
    is_windows = logsource.product == "windows"
    if is_windows:
        found |= event.get("winlog", {}).get("event_data", {})
    for name, ours in _names(logsource).items():
        values = [value for path in ours for value in _values(event, path.split("."))]
        if values and name not in found:
            found[name] = values[0] if len(values) == 1 else values
    if is_windows:
        _as_logged(found)
    elif "original" in event["event"]:
        found["message"] = event["event"]["original"]
    return found


def _as_logged(found: dict[str, Any]) -> None:
    if "Level" in found:
        found["Level"] = _LEVELS.get(found["Level"], found["Level"])
    if str(found.get("EventID", "")).isdecimal():
        found["EventID"] = int(found["EventID"])


@cache
def _names(logsource: Logsource) -> Mapping[str, tuple[str, ...]]:
    """Every name that rules of this logsource may use, and where its values stand."""
    sources = [logsource]
    if logsource.product != "windows" and logsource.category != _NONE:
        # Rules of the category have names of their own, beside those of the product's log.
        sources.append(Logsource(None, logsource.category, None))
    return {name: fields_of(source).of(name) for source in reversed(sources) for name in fields_of(source).names}


def _logsource(event: Event) -> Logsource:
    dataset, code = event["event"]["dataset"], str(event["event"].get("code", ""))
    other = _OTHERS.get(dataset)
    if other is not None:
        return other
    category = _categories().get(f"{dataset}:{code}", _categories().get(dataset, _NONE))
    return Logsource("windows", category, _services().get(dataset, dataset.partition(".")[2]))


@cache
def _categories() -> Mapping[str, str]:
    """The narrowest category of a route."""
    found = {route: name for name, routes in windows.CATEGORIES.items() if name in _WIDE for route in routes}
    found |= {route: name for name, routes in windows.CATEGORIES.items() if name not in _WIDE for route in routes}
    return found | {"windows.defender": "antivirus"}


@cache
def _services() -> Mapping[str, str]:
    """Sigma's name of a channel; of several the shortest."""
    found: dict[str, str] = {}
    for name in sorted(windows_logsource_mapping, key=len, reverse=True):
        found |= {windows_dataset(channel): name for channel in windows.channels_of(name)}
    return found


def _values(value: Any, path: list[str]) -> Iterator[Any]:
    """The values at a dotted path, also inside lists."""
    if isinstance(value, list):
        for element in value:
            yield from _values(element, path)
    elif not path:
        if value is not None and not isinstance(value, dict):
            yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])
