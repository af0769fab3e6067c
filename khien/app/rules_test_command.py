"""`khien rules test`: the cases beside the rules, what is derived from them, and whether they would notice a broken rule."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.rule_tests.junit import junit
from correlator.rule_tests.suite import Judged, Suite
from correlator.rule_tests.surroundings import pack_of
from khien.app.command import Context
from khien.app.progress import progress
from khien.app.rules_output import EXIT_FAILED, folders, write_file, write_json
from khien.clock import SystemClock

#: A case is a dozen durable commits: in memory, where the machine has it, they are three times faster.
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is private


def test(context: Context) -> int:
    """Run the cases. Exit 1 when one failed, a rule has none, or (`--mutate`) a mutant stayed unnoticed."""
    given = context.arguments
    judged: list[Judged] = []
    for one in _judge(context):
        judged.append(one)
        if not given.json:
            _print(one)
    if given.junit:
        write_file(given.junit, junit(judged))
    failed = sum(one.verdict.problem is not None for one in judged)
    if given.json:
        write_json([_as_json(one) for one in judged])
    left_out = sum(one.verdict.note.startswith("left out") for one in judged)
    context.tell(context.say("rules.test.summary", total=len(judged), failed=failed, left_out=left_out))
    return EXIT_FAILED if failed else 0


def _judge(context: Context) -> Iterator[Judged]:
    with (
        TemporaryDirectory(prefix="khien-rules-", dir=_MEMORY if _MEMORY.is_dir() else None) as scratch,
        progress(context, "rules.test.progress") as show,
    ):
        compiled: dict[Path, RuleSet] = {}
        for number, given in enumerate(folders(context)):
            pack = pack_of(given, here=Path.cwd())
            if pack not in compiled:
                compiled[pack] = compile_folders([pack])
            scratch_folder = Path(scratch) / str(number)
            suite = Suite(given, compiled[pack], scratch=scratch_folder, clock=SystemClock(), packs=[pack])
            seen: set[Path] = set()
            for one in suite.judge(mutate=context.arguments.mutate):
                seen.add(one.file)
                show(len(seen), len(suite.files))
                yield one


def _print(one: Judged) -> None:
    verdict = one.verdict
    if verdict.problem is not None:
        sys.stdout.write(f"{one.file}: {verdict.name}: {verdict.problem}\n")
    elif verdict.note:
        sys.stdout.write(f"{one.file}: {verdict.name}: ({verdict.note})\n")


def _as_json(one: Judged) -> dict[str, object]:
    verdict = one.verdict
    return {
        "file": str(one.file),
        "name": verdict.name,
        "problem": verdict.problem,
        "note": verdict.note,
        "seconds": round(one.seconds, 4),
    }
