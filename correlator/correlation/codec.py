"""Group states as JSON and back: what a checkpoint keeps. The shapes belong to the checkpoint's version."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import orjson

from correlator.correlation.episode import Entry, Episode
from correlator.correlation.group import Closing, Rising
from correlator.correlation.lane import State
from correlator.correlation.values import Facts
from correlator.correlation.watch import Group, Watch
from khien.alert import Alert


def encode_state(state: State) -> bytes:
    """One group's state."""
    table: dict[Facts, int] = {}
    if isinstance(state, Rising):
        body: dict[str, Any] = {
            "slots": [[key, *_entry(entry, table)] for key, entry in state.slots.items()],
            "last": state.last_us,
            "held": state.held_us,
            "episode": _episode(state.episode) if state.episode else None,
        }
    else:
        body = {
            "group": [state.group.fields, state.group.key, state.group.values],
            "first": _entry(state.first, table),
            "sample": state.sample.decode(),
            "rules": state.rule_ids,
            "keys": sorted(state.keys),
            "count": state.event_count,
            "last": state.last_us,
            "ids": state.event_ids,
            "more": [table.setdefault(one, len(table)) for one in state.facts],
        }
    body["rank"] = state.rank
    body["facts"] = [[one.entities, one.assets, one.units, one.sensor] for one in table]
    return orjson.dumps(body)


def decode_state(body: bytes, watch: Watch) -> State:
    """The state of a group of this watch; KeyError, TypeError or ValueError when the bytes are not one."""
    tree = orjson.loads(body)
    table = [
        Facts(tuple(tuple(entity) for entity in entities), tuple(assets), tuple(units), sensor)
        for entities, assets, units, sensor in tree["facts"]
    ]
    if watch.rising_at is not None:
        return Rising(
            needed=watch.rising_at,
            timespan_us=watch.timespan_us,
            slots=OrderedDict((key, Entry(time_us, event_id, table[fact])) for key, time_us, event_id, fact in tree["slots"]),
            last_us=tree["last"],
            held_us=tree.get("held", tree["last"]),
            episode=_read_episode(tree["episode"]) if tree["episode"] else None,
            rank=tree["rank"],
        )
    time_us, event_id, fact = tree["first"]
    fields, key, values = tree["group"]
    return Closing(
        timespan_us=watch.timespan_us,
        group=Group(tuple(fields), tuple(key), tuple(values)),
        first=Entry(time_us, event_id, table[fact]),
        sample=tree["sample"].encode(),
        rule_ids=tuple(tree["rules"]),
        keys=set(tree["keys"]),
        event_count=tree["count"],
        last_us=tree["last"],
        event_ids=tree["ids"],
        facts=dict.fromkeys(table[fact] for fact in tree["more"]),
        rank=tree["rank"],
    )


def _entry(entry: Entry, table: dict[Facts, int]) -> list[Any]:
    return [entry.time_us, entry.event_id, table.setdefault(entry.facts, len(table))]


def _episode(episode: Episode) -> dict[str, Any]:
    return {
        "opened": episode.opened.model_dump(mode="json"),
        "hits": episode.hits,
        "last": episode.last_us,
        "ids": episode.event_ids,
        "count": episode.event_count,
    }


def _read_episode(tree: dict[str, Any]) -> Episode:
    return Episode(Alert.model_validate(tree["opened"]), tree["hits"], tree["last"], tree["ids"], tree["count"])
