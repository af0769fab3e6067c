"""What the parent asks of the child, as one line of JSON on the child's standard input."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One capture to read. `user` is whom to become: none when the parent is not root."""

    capture: str
    tshark: str
    fields: tuple[str, ...]
    layers: tuple[str, ...]
    user: str | None
    address_space: int
    cpu_seconds: int
    file_size: int
    open_files: int
