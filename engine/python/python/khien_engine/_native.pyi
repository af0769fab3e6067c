"""Types of the native module, proved by mypy's stubtest. One section a crate; people import the modules beside it."""

from os import PathLike
from typing import Literal, Self, TypedDict, final, type_check_only

__all__: list[str] = []

# --- packet: khien_engine.packet ---

__all__ += [
    "Batch",
    "CaptureReader",
    "LiveReader",
    "PacketSettings",
    "anomalies",
    "datasets",
    "drop_privileges",
    "probe_capture",
]

@type_check_only
class InterfaceStats(TypedDict):
    """The account of one interface of a capture, in the order of the file."""

    link_type: int
    read: int
    undecoded: int
    bytes: int
    first_time_us: int | None
    last_time_us: int | None

@type_check_only
class PacketStats(TypedDict):
    """The account of one reader. Times are microseconds since 1970 UTC."""

    read: int
    decoded: int
    undecoded: dict[str, int]
    without_flow: int
    aggregated: int
    undecoded_inner: dict[str, int]
    interfaces: list[InterfaceStats]
    bytes: int
    first_time_us: int | None
    last_time_us: int | None
    steps_back: int
    largest_step_back_us: int
    damage_reason: str | None
    damage_offset: int | None
    flows: int
    flows_living: int
    flow_ends: dict[str, int]
    events: dict[str, int]
    anomalies: dict[str, int]
    limits: dict[str, int]
    checksums_on: bool
    checksum_hosts_left: int
    checksums_bad: int
    checksums_offloaded: int
    missed_bytes: int
    is_finished: bool
    kernel_packets: int | None
    kernel_drops: int | None
    kernel_freezes: int | None

@final
class PacketSettings:
    def __new__(
        cls,
        *,
        source: str = "",
        checksums: Literal["auto", "on", "off"] = "auto",
        max_flows: int = 262_144,
        tcp_new_timeout: int = 60,
        tcp_established_timeout: int = 600,
        tcp_closed_timeout: int = 60,
        other_new_timeout: int = 30,
        other_established_timeout: int = 300,
        interim_interval: int = 60,
        midstream: bool = True,
        async_oneside: bool = True,
        stream_depth: int = 0,
        max_stream_bytes: int = 67_108_864,
        vlan_in_key: bool = True,
        parse_protocols: bool = True,
        community_id_seed: int = 0,
        max_parser_bytes: int = 100_663_296,
        http_body_limit: int = 0,
        http_request_text: int = 4_096,
        max_line: int = 4_096,
        ftp_max_transactions: int = 0,
        capture_secrets: bool = False,
        batch_lines: int = 1_000,
        batch_bytes: int = 1_048_576,
        workers: int = 1,
        read_size: int = 262_144,
    ) -> PacketSettings: ...

@final
class Batch:
    """Newline-terminated lines, how many, and the packet clock when the batch closed."""

    @property
    def lines(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def last_time_us(self) -> int: ...

@final
class CaptureReader:
    """Reads a capture file in a thread of its own; raises `EngineError` when it cannot be read at all."""

    def __new__(cls, path: str | PathLike[str], settings: PacketSettings) -> CaptureReader: ...
    def __iter__(self) -> CaptureReader: ...
    def __next__(self) -> Batch: ...
    def stats(self) -> PacketStats: ...
    def close(self) -> None: ...

def anomalies() -> list[tuple[str, str]]: ...
def datasets() -> list[str]: ...
def probe_capture(path: str | PathLike[str]) -> Literal["pcap", "pcapng"] | None: ...

@final
class LiveReader:
    """Watches an interface; opening needs `CAP_NET_RAW`. `drop_to` names the user to become once it is open."""

    def __new__(cls, interface: str, settings: PacketSettings, *, drop_to: str | None = None) -> LiveReader: ...
    def __iter__(self) -> LiveReader: ...
    def __next__(self) -> Batch: ...
    def stats(self) -> PacketStats: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...

def drop_privileges(user: str | None = None) -> None: ...

# --- logs: khien_engine.logs ---

__all__ += [
    "EventFile",
    "EventFilePart",
    "LogBatch",
    "LogParser",
    "detect_format",
    "file_formats",
    "formats",
    "probe_event_file",
    "windows_dataset",
]

@final
class EventFilePart:
    """`lines`: `count` events; `rejected`: (place in the file, reason); `last_time_us`: of the newest event."""

    @property
    def lines(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def last_time_us(self) -> int | None: ...
    @property
    def rejected(self) -> list[tuple[str, str]]: ...

@final
class EventFile:
    """A file of events that are not lines (`evtx`, JSON objects over several lines); raises `OSError`, `logs.unknown_format`."""

    def __new__(cls, path: str | PathLike[str], *, source: str) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> EventFilePart: ...

@final
class LogBatch:
    """`lines`: `count` events; `rejected`: (index of the line in the input, reason); `last_time_us`: of the newest event."""

    @property
    def lines(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def last_time_us(self) -> int | None: ...
    @property
    def rejected(self) -> list[tuple[int, str]]: ...

@final
class LogParser:
    """A parser for one input; `year` is that of the first line that states none, and is kept between calls."""

    def __new__(
        cls, format: str, *, source: str, year: int | None = None, utc_offset_minutes: int = 420, host: str | None = None
    ) -> Self: ...
    def parse(self, lines: bytes) -> LogBatch: ...
    def finish(self) -> LogBatch: ...

def detect_format(sample: bytes) -> str | None: ...
def file_formats() -> list[str]: ...
def formats() -> list[str]: ...
def probe_event_file(path: str | PathLike[str]) -> str | None: ...
def windows_dataset(channel: str) -> str: ...

# --- detect: khien_engine.detect ---

__all__ += ["Inventory", "Ruleset", "Stamped", "Stats", "case_folding", "stamp"]

@final
class Inventory:
    """A versioned list of networks with their asset and agency: JSON `{"version", "networks": [{"cidr", "asset", "unit"}]}`."""

    def __new__(cls, document: bytes) -> Self: ...
    @property
    def version(self) -> str: ...
    def __len__(self) -> int: ...

@final
class Stamped:
    """`lines`: `count` newline-terminated lines; `rejected`: (index of the line in the batch, code)."""

    @property
    def lines(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def rejected(self) -> list[tuple[int, str]]: ...

def stamp(
    lines: bytes, *, sensor: str, epoch: int, first_seq: int, dataset: str, ingested: str, inventory: Inventory | None
) -> Stamped: ...
def case_folding() -> list[tuple[int, int]]: ...

@final
class Stats:
    """What a rule set looked at since it was made; `candidates` are rules verified, over all events."""

    @property
    def events(self) -> int: ...
    @property
    def unreadable(self) -> int: ...
    @property
    def unrouted(self) -> int: ...
    @property
    def candidates(self) -> int: ...
    @property
    def hits(self) -> int: ...

@final
class Ruleset:
    """A compiled rule set (IR version 1); hits are (first byte, one past the newline, rule numbers ascending)."""

    def __new__(cls, ir: bytes) -> Self: ...
    def __len__(self) -> int: ...
    def scan(self, lines: bytes) -> list[tuple[int, int, list[int]]]: ...
    def scan_fully(self, lines: bytes) -> list[tuple[int, int, list[int]]]: ...
    def stats(self) -> Stats: ...

# --- correlate: khien_engine.correlate ---

__all__ += ["Eviction", "Firing", "Growth", "Lane", "LaneChanges", "OpenGroup", "Plan"]

@final
class Plan:
    """What is watched: a plan document of version 1; may be used by many lanes."""

    def __new__(cls, document: bytes) -> Self: ...
    def __len__(self) -> int: ...

@final
class Firing:
    """A condition became true; `episode` is the number under which it grows, `line` the sample event's."""

    @property
    def watch(self) -> str: ...
    @property
    def episode(self) -> int | None: ...
    @property
    def fields(self) -> list[str]: ...
    @property
    def key(self) -> list[str]: ...
    @property
    def values(self) -> list[str]: ...
    @property
    def start_us(self) -> int: ...
    @property
    def end_us(self) -> int: ...
    @property
    def last_us(self) -> int: ...
    @property
    def first_event_id(self) -> str: ...
    @property
    def event_ids(self) -> list[str]: ...
    @property
    def event_count(self) -> int: ...
    @property
    def observed(self) -> str: ...
    @property
    def entities(self) -> list[tuple[str, str, str]]: ...
    @property
    def assets(self) -> list[str]: ...
    @property
    def units(self) -> list[str]: ...
    @property
    def sensors(self) -> list[str]: ...
    @property
    def left_out(self) -> int: ...
    @property
    def line(self) -> bytes: ...
    @property
    def members(self) -> list[str]: ...
    @property
    def is_complete(self) -> bool: ...
    @property
    def is_estimated(self) -> bool: ...

@final
class Growth:
    """An open episode went on; `event_ids` are its first events, all of them counted."""

    @property
    def episode(self) -> int: ...
    @property
    def hits(self) -> int: ...
    @property
    def last_us(self) -> int: ...
    @property
    def event_ids(self) -> list[str]: ...
    @property
    def event_count(self) -> int: ...

@final
class Eviction:
    """Groups of a watch that had to go since the last time, no ten quiet minutes between them; `key` is how the first one's begins.

    `event_id`: the event that opened the group for which the first went. `is_estimated`: all their counts go on in a sketch.
    """

    @property
    def watch(self) -> str: ...
    @property
    def key(self) -> list[str]: ...
    @property
    def event_id(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def since_us(self) -> int: ...
    @property
    def last_us(self) -> int: ...
    @property
    def is_estimated(self) -> bool: ...
    @property
    def is_for_memory(self) -> bool: ...

@final
class OpenGroup:
    """What a lane knows of one open group. `events`: (time, id, counted value), at most 100; `end_us`: if nothing more comes."""

    @property
    def key(self) -> list[str]: ...
    @property
    def events(self) -> list[tuple[int, str, str | None]]: ...
    @property
    def event_count(self) -> int: ...
    @property
    def observed(self) -> str: ...
    @property
    def members(self) -> list[str]: ...
    @property
    def start_us(self) -> int: ...
    @property
    def end_us(self) -> int: ...
    @property
    def hits(self) -> int: ...
    @property
    def carried(self) -> int: ...

@final
class LaneChanges:
    """Everything since the last time; `closed` are episodes that never grow again."""

    @property
    def firings(self) -> list[Firing]: ...
    @property
    def growths(self) -> list[Growth]: ...
    @property
    def closed(self) -> list[int]: ...
    @property
    def evictions(self) -> list[Eviction]: ...
    @property
    def counts(self) -> list[tuple[str, int]]: ...

@final
class Lane:
    """Events, groups and timers of one dataset's main lane, or of one stream that is catching up.

    Expected groups are waited for in a main lane only. `observe` gives (sensor, epoch, places) of hits behind the watermark; a time
    beyond `latest_us` counts at `ingested_us`. `advance` says `False` when so many firings wait that changes must be taken first.
    """

    watermark_us: int
    is_complete: bool
    def __new__(cls, plan: Plan, *, is_main: bool, most_bytes: int) -> Self: ...
    def observe(
        self, lines: bytes, hits: list[tuple[int, int, list[int]]], ingested_us: int, latest_us: int
    ) -> list[tuple[str, int, list[int]]]: ...
    def observe_late(
        self, lines: bytes, hits: list[tuple[int, int, list[int]]], ingested_us: int, latest_us: int, target_us: int
    ) -> None: ...
    def advance(self, watermark_us: int, most_firings: int) -> bool: ...
    def take_changes(self) -> LaneChanges: ...
    def snapshot(self) -> tuple[list[tuple[str, bytes, bytes]], list[tuple[str, bytes]]]: ...
    def take_pending(self) -> tuple[list[tuple[str, int, bytes]], list[str]]: ...
    def restore(self, groups: list[tuple[str, bytes, bytes]]) -> list[tuple[str, bytes]]: ...
    def replace(self, watches: list[str], groups: list[tuple[str, bytes, bytes]], left: list[int]) -> None: ...
    next_episode: int
    def finish_restore(self) -> None: ...
    def restore_pending(self, lines: bytes, hits: list[tuple[int, int, list[int]]], times: list[int]) -> None: ...
    def retire(self, watch: str, at_us: int) -> None: ...
    def retiring(self) -> list[str]: ...
    def explain(self, watch: str, *, key: list[str] | None, most: int) -> list[OpenGroup]: ...
    @property
    def bytes(self) -> int: ...
    @property
    def pending_bytes(self) -> int: ...
    @property
    def pending_count(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    def pending_time(self, place: int) -> int | None: ...
    @property
    def group_count(self) -> int: ...
    @property
    def is_idle(self) -> bool: ...
    @property
    def has_changes(self) -> bool: ...
