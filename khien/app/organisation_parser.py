"""The verbs of `khien organisation` and `khien policy simulate` for the command line's parser."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from khien.app.rules_parser import duration
from khien.clock import parse_utc

Add = Callable[[str, str, str], argparse.ArgumentParser]
Text = partial[str]


def add_organisation_verbs(add: Add, text: Text) -> None:
    """`add` makes the parser of one verb, given its name, its text and `module:function`."""
    check = add("check", "organisation.check.help", "khien.app.organisation_command:check")
    check.add_argument("path", metavar="DIR", help=text("organisation.path"))
    bring = add("import", "organisation.import.help", "khien.app.organisation_command:bring_in")
    bring.add_argument("path", metavar="DIR", help=text("organisation.path"))
    bring.add_argument("--yes", action="store_true", help=text("organisation.yes"))
    write = add("export", "organisation.export.help", "khien.app.organisation_command:export")
    write.add_argument("path", metavar="DIR", help=text("organisation.target"))
    write.add_argument("--format", choices=("yaml", "csv"), default="yaml", help=text("organisation.format"))
    for verb in (check, bring, write):
        verb.add_argument("--organisation", metavar="DIR", help=text("serve.organisation"))
        verb.add_argument("--database", metavar="URL", help=text("serve.database"))
        verb.add_argument("--json", action="store_true", help=text("option.json"))


def add_simulate(add: Add, text: Text) -> None:
    """`khien policy simulate`."""
    verb = add("simulate", "policy.simulate.help", "khien.app.simulate_command:simulate")
    when = verb.add_mutually_exclusive_group()
    when.add_argument("--last", type=duration, metavar="TIME", help=text("policy.simulate.last"))
    when.add_argument("--since", type=moment, metavar="TIME", help=text("policy.simulate.since"))
    when.add_argument("--alerts", metavar="FILE", help=text("policy.simulate.alerts"))
    verb.add_argument("--until", type=moment, metavar="TIME", help=text("policy.simulate.until"))
    verb.add_argument("--policy", metavar="DIR", help=text("policy.simulate.policy"))
    verb.add_argument("--city", metavar="DIR", help=text("policy.simulate.city"))
    verb.add_argument("--rota", metavar="FILE", help=text("policy.simulate.rota"))
    verb.add_argument("--organisation", metavar="DIR", help=text("serve.organisation"))
    verb.add_argument("--database", metavar="URL", help=text("serve.database"))
    verb.add_argument("--json", action="store_true", help=text("option.json"))


def moment(written: str) -> int:
    """An RFC 3339 time with a zone as microseconds."""
    try:
        return parse_utc(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError("2026-11-23T07:00:00+07:00") from error
