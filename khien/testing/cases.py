"""Files of rule cases as pytest items: one a case, one for what a file owes, one for the mutants."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from correlator.compiler.ruleset import compile_folders
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import CaseFile, RuleCase, read_cases
from correlator.rule_tests.runner import CaseRunner
from correlator.rule_tests.suite import NO_CASES, Suite, files_without_cases
from correlator.rule_tests.surroundings import pack_of
from correlator.rule_tests.verdict import Verdict
from khien.clock import SystemClock
from khien.errors import KhienError

#: Bound of one case where pytest-timeout is installed.
_SECONDS = 180


class CaseFailed(Exception):  # noqa: N818 - pytest shows the name: a failed case is no error
    """A case that does not hold: all of its problems."""


class RuleBenches:
    """A correlator for each set of rules that is under test, made when the first case needs it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._open: dict[tuple[Path, ...], tuple[Suite, Bench]] = {}
        self._scratch = Path(tempfile.mkdtemp(prefix="khien-pytest-"))

    @classmethod
    def of(cls, config: pytest.Config) -> RuleBenches:
        """The session's own."""
        found: RuleBenches | None = getattr(config, "khien_benches", None)
        if found is None:
            found = cls(config)
            config.khien_benches = found  # type: ignore[attr-defined]
        return found

    def for_file(self, path: Path) -> tuple[Suite, Bench]:
        """The suite and bench of the rules that run together with this file's."""
        roots = self._roots(path)
        if roots not in self._open:
            scratch = self._scratch / str(len(self._open))
            clock = SystemClock()
            rules = compile_folders(roots)
            suite = Suite(roots[0], rules, scratch=scratch / "mutants", clock=clock, packs=roots)
            self._open[roots] = (suite, Bench(scratch / "bench", rules, clock=clock))
        return self._open[roots]

    def close(self) -> None:
        """Close every correlator and remove their files."""
        for _, bench in self._open.values():
            with bench:
                pass
        self._open.clear()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _roots(self, path: Path) -> tuple[Path, ...]:
        """`khien_rules`; else the pack of the folder given to pytest, or of the file: see `pack_of`."""
        configured: list[Path] = self._config.getini("khien_rules")
        if configured:
            return tuple(configured)
        here = self._config.invocation_params.dir.resolve()
        given = [(here / str(one).partition("::")[0]).resolve() for one in self._config.args]
        holding = [folder for folder in given if folder.is_dir() and path.is_relative_to(folder)]
        if holding:
            return (pack_of(max(holding, key=lambda folder: len(folder.parts)), here=here),)
        pack = pack_of(path.parent, here=here)
        if pack == path.parent and path.is_relative_to(here) and path.parent != here:
            return (here / path.relative_to(here).parts[0],)
        return (pack,)


class CaseFileCollector(pytest.File):
    """One `<rule>.test.yml`."""

    @property
    def cases(self) -> Path:
        """The file of cases."""
        return self.path

    def collect(self) -> Iterator[pytest.Item]:
        """Its cases. A file that cannot be read is a collection error with its sentence."""
        try:
            file = read_cases(self.cases)
        except KhienError as error:
            raise self.CollectError(_told(error)) from error
        parts = file.by_rule()
        for part in parts:
            named = f" ({part.rule})" if len(parts) > 1 else ""
            yield RequiredItem.from_parent(self, name=f"has the required cases{named}", file=part)
            for case in part.cases:
                yield CaseItem.from_parent(self, name=case.name, file=part, case=case)
            if self.config.getoption("--khien-mutate"):
                yield MutationItem.from_parent(self, name=f"notices every mutant{named}", file=part)


class RuleFileCollector(CaseFileCollector):
    """A rule file that was given by name, or beside which no cases stand."""

    @property
    def cases(self) -> Path:
        """Beside it."""
        return self.path.with_name(f"{self.path.stem}.test.yml")

    def collect(self) -> Iterator[pytest.Item]:
        """Its cases; without any, one item that fails, unless the file owes none."""
        if self.cases.is_file():
            yield from super().collect()
        elif files_without_cases(self.path):
            yield NoCasesItem.from_parent(self, name="has the required cases")


class NoCasesItem(pytest.Item):
    """What `khien rules test` says of such a rule."""

    def runtest(self) -> None:
        """Fails."""
        message = f"{NO_CASES.name}: {NO_CASES.problem}"
        raise CaseFailed(message)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A sentence, not a traceback."""
        error = excinfo.value
        return f"{self.path}\n{error}" if isinstance(error, CaseFailed) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where to look."""
        return self.path, None, f"{self.path.name}: {self.name}"


class _RuleItem(pytest.Item):
    def __init__(self, *, file: CaseFile, **more: Any) -> None:
        super().__init__(**more)
        self.file = file
        self.line: int | None = None

    def verdicts(self) -> Iterator[Verdict]:
        """What this item checks."""
        raise NotImplementedError

    def runtest(self) -> None:
        """Fails with every problem at once."""
        found = list(self.verdicts())
        problems = [f"{verdict.name}: {verdict.problem}" for verdict in found if verdict.problem is not None]
        for verdict in found:
            if verdict.note:
                self.add_report_section("call", "khien", f"{verdict.name}: {verdict.note}")
        if problems:
            raise CaseFailed("\n".join(problems))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A sentence, not a traceback: the fault is in the rule or in its cases."""
        error = excinfo.value
        if isinstance(error, CaseFailed):
            return f"{self.place()}\n{error}"
        return _told(error) if isinstance(error, KhienError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where to look."""
        return self.path, self.line, f"{self.path.name}: {self.name}"

    def place(self) -> str:
        """`file:line`."""
        return f"{self.path}" if self.line is None else f"{self.path}:{self.line + 1}"


class CaseItem(_RuleItem):
    """One case, as written and with everything derived from it."""

    def __init__(self, *, file: CaseFile, case: RuleCase, **more: Any) -> None:
        super().__init__(file=file, **more)
        self.case = case
        line = case.location.rpartition(":")[2]
        self.line = int(line) - 1 if line.isdigit() else None
        # A case runs in up to a dozen forms, a mass case with thousands of events: no bound for single tests fits it.
        if self.config.pluginmanager.hasplugin("timeout"):
            self.add_marker(pytest.mark.timeout(_SECONDS))

    def verdicts(self) -> Iterator[Verdict]:
        """See `CaseRunner.judge`; a case that gives its reason shows it when it fails."""
        _, bench = RuleBenches.of(self.config).for_file(self.path)
        yield from CaseRunner(bench, self.file).judge(self.case)

    def place(self) -> str:
        """Place and the author's reason."""
        return f"{super().place()}\nwhy: {' '.join(self.case.why.split())}"


class RequiredItem(_RuleItem):
    """Two true cases, two false ones, one of them a near miss."""

    def verdicts(self) -> Iterator[Verdict]:
        """One verdict."""
        yield Verdict("cases", problem=self.file.lacking())


class MutationItem(_RuleItem):
    """Every selection dropped and every comparison turned around must break a case."""

    def verdicts(self) -> Iterator[Verdict]:
        """One verdict a mutant."""
        suite, bench = RuleBenches.of(self.config).for_file(self.path)
        yield from suite.mutate(bench, self.file)


def _told(error: KhienError) -> str:
    hint = error.hint()
    return f"{error.sentence()}\n{hint}" if hint else error.sentence()
