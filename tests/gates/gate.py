"""A gate: a figure, its bound, and every case that keeps it from being better."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """`figure` of `total` against `bound`; `misses` names what is not reached, `found` what a person should know of the rest."""

    name: str
    says: str
    figure: int
    total: int
    bound: int
    better: Literal["more", "fewer"] = "more"
    misses: tuple[str, ...] = ()
    found: dict[str, object] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.figure >= self.bound if self.better == "more" else self.figure <= self.bound

    def document(self) -> Json:
        """For machines."""
        return {
            "name": self.name,
            "says": self.says,
            "figure": self.figure,
            "of": self.total,
            "bound": f"{'>=' if self.better == 'more' else '<='} {self.bound}",
            "holds": self.holds,
            "misses": list(self.misses),
            "found": self.found,
        }

    def line(self) -> str:
        """For people."""
        sign = ">=" if self.better == "more" else "<="
        verdict = "holds" if self.holds else "MISSED"
        return f"{verdict:7} {self.name:34} {self.figure:>5} of {self.total:<5} {sign} {self.bound:<5} {self.says}"
