"""All cases below a folder, judged: what `khien rules test` and the pytest plug-in run.

A rule without cases fails; with `mutate` a mutant that no case notices fails too. One bench serves the whole folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from khien_engine import detect

from correlator import ir
from correlator.compiler.documents import Document, read_documents
from correlator.compiler.rejection import RejectedDocumentError
from correlator.compiler.ruleset import RuleSet, rule_files
from correlator.compiler.settings import read_settings
from correlator.plan import CorrelationRule, DetectionRule
from correlator.rule_tests.bench import Bench, aloud, hits_of
from correlator.rule_tests.case import CaseFile, RuleCase, case_files, read_cases
from correlator.rule_tests.inputs import lines_of
from correlator.rule_tests.mutation import Mutant, mutants_of_correlation, mutants_of_detection, with_program
from correlator.rule_tests.runner import CaseRunner, counted
from correlator.rule_tests.surroundings import needed_by
from correlator.rule_tests.verdict import Verdict
from khien.clock import Clock
from khien.errors import KhienError

#: What is said of a rule file beside which no cases stand.
NO_CASES = Verdict("cases", problem="the rule has no cases")
#: Comparisons in one rule set of mutants; a rule of many values is judged in several.
_MOST_LEAVES = 100_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, the file of cases it is about, and how long it took."""

    file: Path
    verdict: Verdict
    seconds: float


class Suite:
    """The cases of one folder on one bench; `scratch` is a folder for the benches' files."""

    def __init__(self, folder: Path, rules: RuleSet, *, scratch: Path, clock: Clock, packs: Sequence[Path] = ()) -> None:
        """`packs`: the folders that `rules` were compiled from, when that is more than the folder whose cases are judged."""
        self.folder = folder
        self._packs = list(packs) or [folder]
        self._settings = read_settings(self._packs)
        self.files = _files(folder)
        self._rules = rules
        self._scratch = scratch
        self._clock = clock
        self._documents: list[Document] | None = None
        self._mutants_run = 0

    def without_cases(self) -> list[Path]:
        """Rule files beside which no file of cases stands."""
        return files_without_cases(self.folder)

    def judge(self, *, mutate: bool) -> Iterator[Judged]:
        """Every verdict of the folder. A file of cases that cannot be read is a failed verdict, not an end."""
        for path in self.without_cases():
            yield Judged(_cases_of(path), NO_CASES, 0.0)
        with Bench(self._scratch / "bench", self._rules, clock=self._clock) as bench:
            for path in self.files:
                yield from self._timed(path, self.judge_file(bench, path, mutate=mutate))

    def judge_file(self, bench: Bench, path: Path, *, mutate: bool) -> Iterator[Verdict]:
        """What one file of cases says, and what it owes."""
        try:
            for file in read_cases(path).by_rule():
                yield Verdict("cases", problem=file.lacking())
                runner = CaseRunner(bench, file)
                for case in file.cases:
                    yield from runner.judge(case)
                if mutate:
                    yield from self.mutate(bench, file)
        except KhienError as error:
            yield Verdict("cases", problem=error.sentence())

    def mutate(self, bench: Bench, file: CaseFile) -> Iterator[Verdict]:
        """One verdict a mutant: some case must notice it. A case that notices none is named in a note."""
        runner = CaseRunner(bench, file)
        useful: set[str] = set()
        found = (
            self._mutate_detection(bench, file, runner.rule, useful)
            if isinstance(runner.rule, DetectionRule)
            else self._mutate_correlation(file, runner.rule, useful)
        )
        yield from found
        idle = [case.name for case in file.cases if case.name not in useful]
        yield Verdict("mutation: cases", note=f"notice no mutant: {'; '.join(idle)}" if idle else "")

    def _mutate_detection(self, bench: Bench, file: CaseFile, rule: DetectionRule, useful: set[str]) -> Iterator[Verdict]:
        document = _document_of(file, rule.rule.id)
        filters = [each for each in self._all_documents() if "filter" in each.content]
        batch: list[Mutant] = []
        leaves = 0
        for mutant in mutants_of_detection(self._in_its_pack(document), filters, rule, settings=self._settings):
            batch.append(mutant)
            leaves += sum(1 for _ in ir.leaves_of(mutant.program.program))
            if leaves > _MOST_LEAVES:
                yield from self._judge_mutants(bench, file, rule, batch, useful)
                batch, leaves = [], 0
        yield from self._judge_mutants(bench, file, rule, batch, useful)

    def _judge_mutants(
        self, bench: Bench, file: CaseFile, rule: DetectionRule, mutants: Sequence[Mutant], useful: set[str]
    ) -> Iterator[Verdict]:
        """One scan of each case's events for all mutants; only what hits do not settle runs through a correlator."""
        ruleset = detect.Ruleset(ir.dumps([rule.program, *(mutant.program for mutant in mutants)]))
        noticed: set[int] = set()
        undecided: list[tuple[int, RuleCase, list[bytes]]] = []
        for case in file.cases:
            lines = lines_of(file, case)
            hits = hits_of(ruleset, lines, clock=self._clock)
            own = [place for place, numbers in enumerate(hits) if 0 in numbers]
            for number in range(len(mutants)):
                found = [place for place, numbers in enumerate(hits) if number + 1 in numbers]
                is_noticed = _notices(case, rule, own, found)
                if is_noticed:
                    noticed.add(number)
                    useful.add(case.name)
                elif is_noticed is None:
                    undecided.append((number, case, lines))
        for number, case, lines in undecided:
            if number not in noticed and not self._holds(bench.rules, rule, mutants[number], case, lines):
                noticed.add(number)
                useful.add(case.name)
        for number, mutant in enumerate(mutants):
            yield Verdict(f"mutation: {mutant.name}", None if number in noticed else "no case notices")

    def _holds(self, rules: RuleSet, rule: DetectionRule, mutant: Mutant, case: RuleCase, lines: list[bytes]) -> bool:
        self._mutants_run += 1
        changed = with_program(rules, rule, mutant.program)
        with Bench(self._scratch / f"mutant-{self._mutants_run}", changed, clock=self._clock) as bench:
            alerts = [alert for alert in bench.run(lines) if alert.rule.id == rule.rule.id]
        return counted(case, len(alerts), "alerts") is None

    def _mutate_correlation(self, file: CaseFile, rule: CorrelationRule, useful: set[str]) -> Iterator[Verdict]:
        rule_id = rule.rule.id
        document = self._in_its_pack(_document_of(file, rule_id))
        others = needed_by(document, [each for each in self._all_documents() if str(each.content.get("id")) != rule_id])
        for number, (name, changed) in enumerate(mutants_of_correlation(document, others, settings=self._settings)):
            noticed = False
            folder = self._scratch / f"{file.path.stem}-{rule_id}-{number}"
            with Bench(folder, aloud(changed) if rule.is_silent else changed, clock=self._clock) as bench:
                for case in file.cases:
                    alerts = [alert for alert in bench.run(lines_of(file, case)) if alert.rule.id == rule_id]
                    if counted(case, len(alerts), "alerts") is not None:
                        noticed = True
                        useful.add(case.name)
            yield Verdict(f"mutation: {name}", None if noticed else "no case notices")

    def _all_documents(self) -> list[Document]:
        if self._documents is None:
            self._documents = []
            for path, name in rule_files(self._packs):
                try:
                    self._documents += [self._in_its_pack(one, path) for one in read_documents(path, shown_as=name)]
                except RejectedDocumentError:
                    continue  # the load accounting has it
        return self._documents

    def _in_its_pack(self, document: Document, path: Path | None = None) -> Document:
        """With the pack that its time zone comes from, as the rule set has it."""
        above = (path or Path(document.path)).resolve().parents
        return replace(document, pack=next((str(pack) for pack in self._packs if pack.resolve() in above), ""))

    def _timed(self, path: Path, verdicts: Iterator[Verdict]) -> Iterator[Judged]:
        started = self._clock.monotonic()
        for verdict in verdicts:
            now = self._clock.monotonic()
            yield Judged(path, verdict, now - started)
            started = self._clock.monotonic()


def _notices(case: RuleCase, rule: DetectionRule, own: list[int], found: list[int]) -> bool | None:
    """Whether hits alone show that the case would fail; None when alerts must be made to know."""
    if found == own:
        return False
    if rule.is_silent or not found:
        return counted(case, len(found), "matches") is not None
    if case.expect.is_false_case:
        return True
    return None


def files_without_cases(folder: Path) -> list[Path]:
    """Rule files at or below a folder beside which no file of cases stands; a filter makes no alerts, so it owes none."""
    return [path for path, _ in rule_files([folder]) if not _cases_of(path).is_file() and not _holds_filters_only(path)]


def _holds_filters_only(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        documents = read_documents(path)
    except RejectedDocumentError:
        return False
    return bool(documents) and all("filter" in document.content for document in documents)


def _files(folder: Path) -> list[Path]:
    if folder.is_dir():
        return case_files(folder)
    return [_cases_of(folder)] if _cases_of(folder).is_file() else []


def _cases_of(rule_file: Path) -> Path:
    return rule_file.with_name(f"{rule_file.stem}.test.yml")


def _document_of(file: CaseFile, rule_id: str) -> Document:
    return next(each for each in read_documents(file.rule_file) if str(each.content.get("id")) == rule_id)
