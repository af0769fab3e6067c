"""`khien rules check`: what is wrong with rules, before anybody relies on them."""

from __future__ import annotations

import sys
from collections import defaultdict

from correlator.lint.finding import Finding
from correlator.lint.report import Report, report
from khien.app.command import Context
from khien.app.progress import progress
from khien.app.rules_output import EXIT_FAILED, EXIT_REJECTED, folders, write_json
from khien.errors import KhienError
from khien.language import catalogue

#: Warnings of one kind that are printed one by one; the rest is counted, and `--all` prints it.
_SHOWN = 5


def check(context: Context) -> int:
    """Compile and lint; every document is accounted for. Exit 4: one was rejected; 1: `--strict` and a warning."""
    given = context.arguments
    unknown = [code for code in given.ignore if f"lint.{code}" not in catalogue()]
    if unknown:
        raise KhienError("rules.unknown_lint", lint=unknown[0])
    with progress(context, "rules.check.progress") as show:
        found = report(folders(context), progress=show)
    findings = [finding for finding in found.findings if finding.code not in given.ignore]
    if given.json:
        write_json(_as_json(context, found, findings))
    else:
        _print(context, found, findings)
    if found.rules.rejections:
        return EXIT_REJECTED
    return EXIT_FAILED if given.strict and findings else 0


def sentence(context: Context, finding: Finding) -> str:
    """What a warning says, in the person's language."""
    return context.say(f"lint.{finding.code}", detail=finding.detail)


def _as_json(context: Context, found: Report, findings: list[Finding]) -> dict[str, object]:
    rules = found.rules
    return {
        "documents": rules.documents,
        "compiled": rules.compiled,
        "kinds": found.kinds(),
        "rejected": rules.rejected(),
        "disabled": rules.disabled,
        "rejections": [
            {"location": one.location, "code": one.reason.code, "title": one.title, "detail": one.detail, "text": one.sentence()}
            for one in rules.rejections
        ],
        "warnings": [
            {
                "location": one.location,
                "code": one.code,
                "title": one.title,
                "detail": one.detail,
                "text": sentence(context, one),
            }
            for one in findings
        ],
        "silent": [{"location": one.location, "title": one.title, "because": one.because.value} for one in found.silent],
        "unmapped_fields": {name: list(fields) for name, fields in rules.unmapped_fields.items()},
    }


def _print(context: Context, found: Report, findings: list[Finding]) -> None:
    for rejection in found.rules.rejections:
        sys.stdout.write(f"{rejection.sentence(context.language)} [{rejection.reason.value}]\n")
        sys.stdout.write(f"  {context.say('hint.word')}: {rejection.hint(context.language)}\n")
    _print_findings(context, findings)
    if context.arguments.all:
        for one in found.silent:
            sys.stdout.write(f"{one.location}: {one.title}: {context.say(f'silent.{one.because.value}')}\n")
    rules = found.rules
    context.tell(
        context.say(
            "rules.check.summary",
            documents=rules.documents,
            compiled=rules.compiled,
            rejected=sum(rules.rejected().values()),
            disabled=rules.disabled,
        )
    )
    context.tell(context.say("rules.check.kinds", warnings=len(findings), silent=len(found.silent), **found.kinds()))


def _print_findings(context: Context, findings: list[Finding]) -> None:
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_code[finding.code].append(finding)
    word = context.say("rules.check.warning")
    for code, same in sorted(by_code.items()):
        shown = same if context.arguments.all or len(same) <= _SHOWN else same[:_SHOWN]
        for finding in shown:
            sys.stdout.write(f"{finding.location}: {word}: {sentence(context, finding)} [{code}]\n")
        if len(same) > len(shown):
            sys.stdout.write(f"  {context.say('rules.check.more', count=len(same) - len(shown), code=code)}\n")
