"""The engine's failures as Khiên's errors, translated once for all who call it."""

from __future__ import annotations

from khien_engine import EngineError

from khien.errors import KhienError, registry


def from_engine(error: EngineError, *, path: str) -> KhienError:
    """The same failure with its registered text; one that is not registered still names the file."""
    if error.code in registry():
        return KhienError(error.code, location=error.location, **error.params)
    return KhienError("input.unreadable", path=path, reason=str(error))
