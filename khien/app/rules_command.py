"""`khien rules check | test`: what a rule author runs before anybody else sees the rule."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from correlator.compiler.ruleset import compile_folders
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import case_files, read_cases
from correlator.rule_tests.runner import CaseRunner, Verdict
from khien.app.command import Context
from khien.app.resources import folder
from khien.clock import SystemClock


def check(context: Context) -> int:
    """Compile; every document is accounted for. Exit 4 when one was rejected."""
    rules = compile_folders(_folders(context))
    rejected = rules.rejected()
    if context.arguments.json:
        document = {
            "documents": rules.documents,
            "compiled": rules.compiled,
            "rejected": rejected,
            "disabled": rules.disabled,
            "rejections": [str(rejection) for rejection in rules.rejections],
            "unmapped_fields": {name: list(fields) for name, fields in rules.unmapped_fields.items()},
        }
        sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        for rejection in rules.rejections:
            sys.stdout.write(f"{rejection.sentence(context.language)}\n")
            sys.stdout.write(f"  {context.say('hint.word')}: {rejection.hint(context.language)}\n")
        sentence = context.say(
            "rules.check.summary",
            documents=rules.documents,
            compiled=rules.compiled,
            rejected=sum(rejected.values()),
            disabled=rules.disabled,
        )
        context.tell(sentence)
    return 4 if rules.rejections else 0


def test(context: Context) -> int:
    """Run the cases beside the rules. Exit 1 when one failed or a rule has none."""
    failed, total = 0, 0
    verdicts: list[dict[str, object]] = []
    for root in _folders(context):
        for path, verdict in _judge(root):
            total += 1
            failed += verdict.problem is not None
            verdicts.append({"file": str(path), "name": verdict.name, "problem": verdict.problem, "note": verdict.note})
            if verdict.problem is not None and not context.arguments.json:
                sys.stdout.write(f"{path}: {verdict.name}: {verdict.problem}\n")
    if context.arguments.json:
        sys.stdout.buffer.write(orjson.dumps(verdicts, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    context.tell(context.say("rules.test.summary", total=total, failed=failed))
    return 1 if failed else 0


def _judge(root: Path) -> Iterator[tuple[Path, Verdict]]:
    """Every case of a folder, and a verdict for what a rule lacks."""
    with (
        TemporaryDirectory(prefix="khien-rules-") as scratch,
        Bench(Path(scratch), compile_folders([root]), clock=SystemClock()) as bench,
    ):
        for path in case_files(root):
            file = read_cases(path)
            yield path, Verdict("cases", problem=file.lacking())
            for case in file.cases:
                for verdict in CaseRunner(bench, file).judge(case):
                    yield path, verdict


def _folders(context: Context) -> list[Path]:
    return [Path(path) for path in context.arguments.rules] or [folder("rules")]
