"""The verbs of `khien rules` for the command line's parser: which there are, and what each takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

Add = Callable[[str, str], argparse.ArgumentParser]
Text = partial[str]
_LONGEST_DAYS = 90
_HOURS = {"m": 60, "h": 3_600, "d": 86_400}


def add_verbs(add: Add, text: Text) -> None:
    """`add` makes the parser of one verb, given its name and `module:function`."""
    for name, (command, options) in _VERBS.items():
        verb = add(name, f"khien.app.{command}")
        options(verb, text)
        verb.add_argument("--json", action="store_true", help=text("option.json"))


def duration(written: str) -> int:
    """`90m`, `24h`, `7d` as microseconds."""
    number, unit = written[:-1], written[-1:]
    if unit not in _HOURS or not number.isdigit():
        raise argparse.ArgumentTypeError("30m, 24h, 7d")
    return int(number) * _HOURS[unit] * 1_000_000


def _folders(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("rules", nargs="*", metavar="PATH", help=text("replay.rules"))


def _check(verb: argparse.ArgumentParser, text: Text) -> None:
    _folders(verb, text)
    verb.add_argument("--strict", action="store_true", help=text("rules.check.strict"))
    verb.add_argument("--ignore", action="append", default=[], metavar="CODE", help=text("rules.check.ignore"))
    verb.add_argument("--all", action="store_true", help=text("rules.check.all"))


def _test(verb: argparse.ArgumentParser, text: Text) -> None:
    _folders(verb, text)
    verb.add_argument("--mutate", action="store_true", help=text("rules.test.mutate"))
    verb.add_argument("--junit", metavar="FILE", help=text("rules.test.junit"))


def _explain(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("rule", nargs="?", metavar="RULE", help=text("rules.explain.rule"))
    verb.add_argument("event", nargs="*", metavar="EVENT", help=text("rules.explain.events"))
    verb.add_argument("--alert", metavar="ID", help=text("rules.explain.alert"))
    verb.add_argument("--live", action="store_true", help=text("rules.explain.live"))
    verb.add_argument("--dataset", default="live", metavar="NAME", help=text("rules.explain.dataset"))
    verb.add_argument("--rules", action="append", metavar="PATH", help=text("replay.rules"))


def _except(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("rule", metavar="RULE", help=text("rules.explain.rule"))
    verb.add_argument("when", nargs="+", metavar="FIELD=VALUE", help=text("rules.except.when"))
    _owned(verb, text)


def _suppress(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("rule", metavar="RULE", help=text("rules.explain.rule"))
    verb.add_argument("--by", action="append", required=True, metavar="FIELD", help=text("rules.suppress.by"))
    verb.add_argument("--for", dest="window", type=duration, required=True, metavar="TIME", help=text("rules.suppress.window"))
    _owned(verb, text)


def _owned(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("--owner", required=True, metavar="ACCOUNT", help=text("rules.tuning.owner"))
    verb.add_argument("--reason", required=True, metavar="TEXT", help=text("rules.tuning.reason"))
    verb.add_argument("--days", type=int, default=30, metavar="N", help=text("rules.tuning.days", most=_LONGEST_DAYS))
    verb.add_argument("--approved-by", metavar="ACCOUNT", help=text("rules.tuning.approved_by"))
    verb.add_argument("--rules", action="append", metavar="PATH", help=text("replay.rules"))


def _tuning(verb: argparse.ArgumentParser, text: Text) -> None:
    what = verb.add_mutually_exclusive_group()
    what.add_argument("--renew", metavar="ID", help=text("rules.tuning.renew"))
    what.add_argument("--remove", metavar="ID", help=text("rules.tuning.remove"))
    verb.add_argument("--approved-by", metavar="ACCOUNT", help=text("rules.tuning.approved_by"))
    verb.add_argument("--days", type=int, default=30, metavar="N", help=text("rules.tuning.days", most=_LONGEST_DAYS))


def _import(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("source", nargs="?", metavar="SOURCE", help=text("rules.import.source"))
    verb.add_argument("--name", metavar="NAME", help=text("rules.import.name"))
    verb.add_argument("--licence", metavar="FILE", help=text("rules.import.licence"))
    verb.add_argument("--key", metavar="FILE", help=text("rules.verify.key"))
    what = verb.add_mutually_exclusive_group()
    what.add_argument("--activate", metavar="NAME", help=text("rules.import.activate"))
    what.add_argument("--deactivate", metavar="NAME", help=text("rules.import.deactivate"))


def _sign(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("source", metavar="FOLDER", help=text("rules.sign.source"))
    verb.add_argument("--key", required=True, metavar="FILE", help=text("rules.sign.key"))
    verb.add_argument("--create", action="store_true", help=text("rules.sign.create"))
    verb.add_argument("--name", metavar="NAME", help=text("rules.import.name"))


def _verify(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("source", metavar="SOURCE", help=text("rules.import.source"))
    verb.add_argument("--key", metavar="FILE", help=text("rules.verify.key"))


def _coverage(verb: argparse.ArgumentParser, text: Text) -> None:
    _folders(verb, text)
    verb.add_argument("--layer", metavar="FILE", help=text("rules.coverage.layer"))
    verb.add_argument("--events", action="append", metavar="FILE", help=text("rules.coverage.events"))
    verb.add_argument("--gate", type=int, metavar="N", help=text("rules.coverage.gate"))
    verb.add_argument("--require", action="append", default=[], metavar="TECHNIQUE", help=text("rules.coverage.require"))


def _input(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("--input", action="append", default=[], metavar="FILE", help=text("rules.input.files"))
    verb.add_argument("--stored", metavar="FROM/TO", help=text("rules.input.stored"))
    verb.add_argument("--dataset", default="live", metavar="NAME", help=text("rules.input.dataset"))
    verb.add_argument("--year", type=int, help=text("replay.year"))


def _diff(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("before", metavar="BEFORE", help=text("rules.diff.before"))
    verb.add_argument("after", metavar="AFTER", help=text("rules.diff.after"))
    _input(verb, text)
    verb.add_argument("--expect", metavar="FILE", help=text("rules.diff.expect"))


def _backtest(verb: argparse.ArgumentParser, text: Text) -> None:
    _folders(verb, text)
    verb.add_argument("--expect", metavar="FILE", help=text("rules.backtest.expect"))
    verb.add_argument("--corpus", metavar="DIR", help=text("rules.backtest.corpus"))
    _input(verb, text)


def _bench(verb: argparse.ArgumentParser, text: Text) -> None:
    _folders(verb, text)
    verb.add_argument("--events", action="append", required=True, metavar="FILE", help=text("rules.bench.events"))
    verb.add_argument("--save", metavar="FILE", help=text("rules.bench.save"))
    verb.add_argument("--against", metavar="FILE", help=text("rules.bench.against"))
    verb.add_argument("--year", type=int, help=text("replay.year"))


def _convert(verb: argparse.ArgumentParser, text: Text) -> None:
    verb.add_argument("rule", nargs="*", metavar="RULE", help=text("rules.convert.rule"))
    verb.add_argument("--to", choices=("lucene", "esql"), default="lucene", help=text("rules.convert.to"))
    verb.add_argument("--index", default="khien-events-*", metavar="PATTERN", help=text("rules.convert.index"))
    verb.add_argument("--rules", action="append", metavar="PATH", help=text("replay.rules"))


_VERBS: dict[str, tuple[str, Callable[[argparse.ArgumentParser, Text], None]]] = {
    "check": ("rules_check_command:check", _check),
    "test": ("rules_test_command:test", _test),
    "explain": ("rules_explain_command:explain", _explain),
    "except": ("rules_tuning_command:except_", _except),
    "suppress": ("rules_tuning_command:suppress", _suppress),
    "import": ("rules_import_command:import_", _import),
    "sign": ("rules_sign_command:sign_", _sign),
    "verify": ("rules_sign_command:verify", _verify),
    "coverage": ("rules_coverage_command:coverage_", _coverage),
    "diff": ("rules_diff_command:diff", _diff),
    "backtest": ("rules_backtest_command:backtest", _backtest),
    "bench": ("rules_bench_command:bench", _bench),
    "convert": ("rules_convert_command:convert_", _convert),
    "tuning": ("rules_tuning_command:tuning", _tuning),
}
