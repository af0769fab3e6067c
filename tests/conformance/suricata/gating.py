"""Which tests and filters speak to us: we are version 9.0.0 with JA3, JA4 and file magic, on Linux."""

from collections.abc import Callable, Mapping

VERSION = (9, 0, 0)
FEATURES = frozenset({"HAVE_JA3", "HAVE_JA4", "MAGIC"})


def unmet(requires: Mapping[str, object] | None) -> str | None:
    """The first requirement that we do not meet, as a reason; `None` when all are met."""
    for name, value in (requires or {}).items():
        reason = _unmet(name, value)
        if reason is not None:
            return f"requires {reason}"
    return None


def _unmet(name: str, value: object) -> str | None:
    if name in _VERSIONS:
        return None if _VERSIONS[name](value) else _VERSION_REASONS.get(name, f"{name} {value}")
    if name == "features":
        missing = [feature for feature in _list(value) if not _has(feature)]
        return f"feature {missing[0]}" if missing else None
    if name == "os":
        return None if "linux" in _list(value) else f"os {value}"
    return "script (a look into Suricata's sources)" if name == "script" else name


def _has(feature: str) -> bool:
    return feature[1:] not in FEATURES if feature.startswith("!") else feature in FEATURES


def _list(value: object) -> list[str]:
    return [str(entry) for entry in value] if isinstance(value, list) else [str(value)]


def _parts(value: object) -> tuple[int, ...]:
    return tuple(int(part) for part in str(value).split("."))


def _parse(value: object) -> tuple[int, ...]:
    parts = _parts(value)
    return parts + (0,) * (len(VERSION) - len(parts))


_VERSIONS: dict[str, Callable[[object], bool]] = {
    "min-version": lambda value: _parse(value) <= VERSION,
    "lt-version": lambda value: _parse(value) > VERSION,
    "gt-version": lambda value: _parse(value) < VERSION,
    "version": lambda value: VERSION[: len(_parts(value))] == _parts(value),
}
_VERSION_REASONS = {"lt-version": "lt-version (an older form)"}
