"""What a suite found: every check by name and kind, what is not ours and why, and the two forms it is told in."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One stated expectation. `passed` forgives what the suite says it forgives; `strict` does not."""

    name: str
    kind: str
    passed: bool
    strict: bool


@dataclass(slots=True)
class Report:
    """All checks of a suite."""

    suite: str
    checks: list[Check] = field(default_factory=list)
    unsupported: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: Things to know that are no verdict: settings that the engine lacks, captures that could not be read.
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def extend(self, checks: Iterable[Check]) -> None:
        """Add checks."""
        self.checks.extend(checks)

    @property
    def by_kind(self) -> dict[str, tuple[int, int, int]]:
        """(passed, passed strictly, all) of each kind, the largest kind first."""
        everything = Counter(check.kind for check in self.checks)
        passed = Counter(check.kind for check in self.checks if check.passed)
        strict = Counter(check.kind for check in self.checks if check.strict)
        return {kind: (passed[kind], strict[kind], count) for kind, count in everything.most_common()}

    @property
    def passed(self) -> int:
        """Checks that passed."""
        return sum(check.passed for check in self.checks)

    @property
    def passed_strict(self) -> int:
        """Checks that passed with nothing forgiven."""
        return sum(check.strict for check in self.checks)

    def document(self) -> dict[str, Any]:
        """The machine's form."""
        return {
            "suite": self.suite,
            "checks": len(self.checks),
            "passed": self.passed,
            "passed_strict": self.passed_strict,
            "by_type": {kind: [passed, count] for kind, (passed, _, count) in self.by_kind.items()},
            "failed": sorted(check.name for check in self.checks if not check.passed),
            "unsupported": {reason: sorted(names) for reason, names in sorted(self.unsupported.items())},
        }

    def table(self) -> str:
        """The reader's form: one line a kind, the sum, what is not ours, what to know."""
        width = max([len("all"), *(len(kind) for kind in self.by_kind)])
        lines = [f"{self.suite}", f"  {'':{width}}  passed  strict  checks"]
        rows = [*self.by_kind.items(), ("all", (self.passed, self.passed_strict, len(self.checks)))]
        for kind, (passed, strict, count) in rows:
            share = f"{100 * passed / count:6.1f} %" if count else ""
            lines.append(f"  {kind:{width}}  {passed:6}  {strict:6}  {count:6}  {share}")
        for title, groups in (("not ours, not counted", self.unsupported), ("to know", self.notes)):
            if groups:
                lines.append(f"  {title}:")
                lines.extend(f"    {len(names):6}  {reason}" for reason, names in sorted(groups.items()))
        return "\n".join(lines)
