"""Zeek's logs as the baselines hold them: TSV with `#fields` and `#types`, or a line of names and rows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Cell: TypeAlias = bool | int | float | str | tuple[str, ...] | frozenset[str] | None

#: Tests that look at Zeek's core, protocols and files (sensing.md, section 15).
_TESTS = ("core.", "scripts.base.protocols.", "scripts.base.files.")
#: Logs that we have events for.
LOGS = frozenset(
    {"conn", "dce_rpc", "dhcp", "dns", "files", "ftp", "http", "kerberos", "ldap", "ldap_search", "modbus", "mqtt_connect"}
    | {"mqtt_publish", "mqtt_subscribe", "ntlm", "ntp", "quic", "rdp", "sip", "smb_files", "smb_mapping", "smtp", "snmp", "socks"}
    | {"ssh", "ssl", "tunnel", "x509"}
)
#: Logs whose rows belong to no single connection.
_WITHOUT_ENDS = frozenset({"dhcp", "files", "x509"})
_FIRST_NAMES = frozenset({"ts", "uid", "fuid", "id.orig_h", "source", "host", "method"})
_MASK = "XXXXXXXXXX.XXXXXX"
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})|\\\\")


@dataclass(frozen=True, slots=True)
class Log:
    """One log of one test. `rows` hold text; `typed` reads them."""

    capture: str
    test: str
    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """Which log: `conn` for `conn.log`, `manager.conn.log.cut`, `conn-all.log`."""
        parts = [part for part in self.file.split(".") if part not in {"log", "cut", "manager", "save", "load"}]
        return re.split("-", parts[0])[0] if parts else self.file

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.capture}/{self.test}/{self.file}"


def logs(root: Path) -> tuple[list[Log], dict[tuple[str, str], str]]:
    """The logs below `root/_baseline` that name their columns and are ours; and every column's type, by log and name."""
    found: list[Log] = []
    types: dict[tuple[str, str], str] = {}
    for path in sorted((root / "_baseline").rglob("*")):
        if path.is_file() and path.parent.name.startswith(_TESTS):
            log = _read(root, path, types)
            if log is not None and log.name in LOGS and _is_whole(log):
                found.append(log)
    return found, types


def _is_whole(log: Log) -> bool:
    return log.name in _WITHOUT_ENDS or "id.orig_h" in log.columns


def _read(root: Path, path: Path, types: dict[tuple[str, str], str]) -> Log | None:
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    header = {line.split("\t")[0]: line.split("\t")[1:] for line in lines if line.startswith(("#fields", "#types"))}
    data = [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]
    columns = header.get("#fields")
    if columns is None:
        if not data or data[0][0] not in _FIRST_NAMES:
            return None
        columns = list(data.pop(0))
    place = path.parent.relative_to(root / "_baseline")
    log = Log(capture=place.parent.as_posix(), test=place.name, file=path.name, columns=tuple(columns), rows=tuple(data))
    for column, kind in zip(columns, header.get("#types", []), strict=False):
        types.setdefault((log.name, column), kind)
    return log


def typed(log: Log, types: Mapping[tuple[str, str], str]) -> Iterator[dict[str, Cell]]:
    """The rows with their values read; masked times are left out."""
    for row in log.rows:
        yield {
            column: cell(text, types.get((log.name, column), "string"))
            for column, text in zip(log.columns, row, strict=False)
            if not text.startswith(_MASK)
        }


def cell(text: str, kind: str) -> Cell:
    """One value by Zeek's type: `-` is absent, `(empty)` an empty list."""
    if text == "-":
        return None
    if kind.startswith(("set", "vector")):
        parts = () if text == "(empty)" else tuple(unescaped(part) for part in text.split(","))
        return frozenset(parts) if kind.startswith("set") else parts
    if kind == "bool":
        return text == "T"
    if kind in {"count", "int", "port"}:
        return int(text)
    if kind in {"interval", "time", "double"}:
        return float(text)
    return "" if text == "(empty)" else unescaped(text)


def unescaped(text: str) -> str:
    r"""Zeek's `\xNN` undone; bytes that are no UTF-8 stay in that form, which is ours too."""
    if "\\" not in text:
        return text
    raw = _ESCAPE.sub(lambda found: "\\" if found[1] is None else chr(int(found[1], 16)), text)
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
