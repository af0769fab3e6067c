"""Types of the native module, proved by mypy's stubtest. One section a crate; people import the modules beside it."""

from typing import Self, final

__all__: list[str] = []

# --- packet: khien_engine.packet ---

# --- logs: khien_engine.logs ---

# --- detect: khien_engine.detect ---

__all__ += ["Inventory", "Stamped", "stamp"]

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
