"""`khien rules coverage`: what the rules speak of, and what they ask for that nothing delivers."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from correlator.compiler.ruleset import compile_folders
from correlator.rule_work.coverage import Coverage, coverage, covers
from khien.app.command import Context
from khien.app.progress import progress
from khien.app.rules_output import EXIT_FAILED, folders, write_file, write_json
from khien.errors import KhienError

_SHOWN = 20
#: Rules named beside a technique; --json names all.
_NAMED = 3


def coverage_(context: Context) -> int:
    """Print the account, write the layer; exit 1 when `--gate` or `--require` is not met."""
    given = context.arguments
    with progress(context, "rules.check.progress"):
        rules = compile_folders(folders(context))
        found = coverage(rules, seen=None if given.events is None else _datasets([Path(name) for name in given.events]))
    if given.layer:
        write_file(given.layer, orjson.dumps(found.layer(name="Khiên"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    missing = [technique for technique in given.require if not covers(found, technique)]
    if given.json:
        write_json(_as_json(found, missing))
    else:
        _print(context, found)
    too_few = given.gate is not None and len(found.techniques) < given.gate
    if too_few:
        context.tell(context.say("rules.coverage.too_few", found=len(found.techniques), wanted=given.gate))
    if missing:
        context.tell(context.say("rules.coverage.missing", techniques=", ".join(missing)))
    return EXIT_FAILED if too_few or missing else 0


def _datasets(files: list[Path]) -> set[str]:
    """The datasets of the events in these files (`khien replay … --events`)."""
    seen: set[str] = set()
    for path in files:
        if not path.is_file():
            raise KhienError("input.not_found", path=str(path))
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    dataset = orjson.loads(line)["event"].get("dataset")
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise KhienError("rules.event_unreadable", event=f"{path}:{number}", reason=str(error)) from error
                if isinstance(dataset, str):
                    seen.add(dataset)
    return seen


def _as_json(found: Coverage, missing: list[str]) -> dict[str, object]:
    return {
        "techniques": {technique: list(rules) for technique, rules in found.techniques.items()},
        "tactics": found.tactics,
        "datasets": found.datasets,
        "datasets_without_events": None if found.silent_datasets is None else list(found.silent_datasets),
        "rules_without_source": list(found.without_source),
        "rules_without_technique": list(found.without_technique),
        "unmapped_fields": found.unmapped,
        "missing": missing,
    }


def _technique(technique: str, rules: tuple[str, ...]) -> str:
    rest = " …" if len(rules) > _NAMED else ""
    return f"{technique}  {len(rules)}  {', '.join(rules[:_NAMED])}{rest}"


def _print(context: Context, found: Coverage) -> None:
    out = [_technique(technique, rules) for technique, rules in found.techniques.items()]
    lists = (
        ("rules.coverage.no_events", found.silent_datasets or ()),
        ("rules.coverage.no_source", found.without_source),
        ("rules.coverage.unmapped", tuple(found.unmapped)),
    )
    for key, names in lists:
        if names:
            rest = f" … +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
            out.append(f"{context.say(key, count=len(names))}: {', '.join(names[:_SHOWN])}{rest}")
    sys.stdout.write("".join(f"{line}\n" for line in out))
    rules = {name for named in found.techniques.values() for name in named}
    context.tell(
        context.say("rules.coverage.summary", techniques=len(found.techniques), rules=len(rules), none=len(found.without_technique))
    )
