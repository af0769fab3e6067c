"""The command line `khien`: the parser and nothing else; each command lives in its own module and is imported when it runs."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from khien.app.command import EXIT_INTERRUPTED, Command, Context, run
from khien.app.organisation_parser import add_organisation_verbs, add_simulate
from khien.app.parser import Parser, port, row_count, speak, utc_offset
from khien.app.policy_parser import audit_verbs, policy_verbs
from khien.app.rules_parser import add_verbs
from khien.home import Home
from khien.language import LANGUAGES, Language, from_environment, say

_DEFAULT_PAGE_PORT = 8443
_DEFAULT_INGEST_PORT = 8444
_DEFAULT_INTERNAL_PORT = 8445
_VIETNAM_MINUTES = 420


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        # Before the command had begun: its parser and its module were being read.
        return EXIT_INTERRUPTED


def _run(arguments: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = _language_of(given)
    parser = build_parser(language)
    Parser.is_json = "--json" in given
    parsed = parser.parse_args(given)
    if parsed.command is None:
        parser.print_help()
        return 0
    home = Home(Path(parsed.home)) if parsed.home else Home.from_environment()
    command = _load(parsed.command)
    return run(command, Context(arguments=parsed, language=language, home=home))


def build_parser(language: Language) -> argparse.ArgumentParser:
    """The whole parser, its texts in one language."""
    text = partial(say, language=language)
    speak(language)
    parser = Parser(
        prog="khien",
        description=text("khien.about"),
        epilog=text("khien.start"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # Accepted before and after the command: suppressed defaults, so that the command's copy does not reset the first one.
    common = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    for either in (parser, common):
        either.add_argument("--home", metavar="DIR", help=text("option.home"))
        either.add_argument("--language", choices=LANGUAGES, help=text("option.language"))
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title=text("khien.commands"), metavar=text("khien.command"))

    def add(name: str, key: str, command: str, *, to: argparse._SubParsersAction[Parser] = commands, about: str = "") -> Parser:
        added = to.add_parser(name, help=text(key), description=text(about or key), parents=[common])
        added.set_defaults(command=command)
        return added

    def group(name: str, key: str) -> argparse._SubParsersAction[Parser]:
        parent = commands.add_parser(name, help=text(key), description=text(key))
        return parent.add_subparsers(title=text("khien.commands"), metavar=text("khien.command"), required=True)

    _replay_options(add("replay", "replay.help", "khien.app.replay_command:replay", about="replay.about"), text)
    _read_options(add("read", "read.help", "khien.app.read_command:read", about="read.about"), text)
    _serve_options(add("serve", "serve.help", "khien.app.serve:serve", about="serve.about"), text)
    _correlator_options(add("correlator", "correlator.help", "khien.app.serve:correlator"), text)
    _incident_api_options(add("incident-api", "incident_api.help", "khien.app.serve:incident_api"), text)
    setup = add("setup", "setup.help", "khien.app.setup:setup")
    setup.add_argument("--name", action="append", default=[], metavar="NAME", help=text("serve.name"))
    setup.add_argument("--city", default="ben-sen", metavar="NAME", help=text("setup.city"))
    setup.add_argument("--sensor", action="append", default=[], metavar="NAME", help=text("setup.sensor"))

    sensor = group("sensor", "sensor.help")
    _sensor_options(add("run", "sensor.run.help", "khien.app.sensor_command:run_sensor", to=sensor, about="sensor.run.about"), text)
    user = group("user", "user.help")
    _user_options(add("add", "user.add.help", "khien.app.user_command:add", to=user), text, adding=True)
    _user_options(add("reset", "user.reset.help", "khien.app.user_command:reset", to=user), text, adding=False)
    factor = add("reset-second-factor", "user.second_factor.help", "khien.app.user_command:reset_second_factor", to=user)
    _account_options(factor, text)
    rules = group("rules", "rules.help")

    def add_verb(name: str, command: str) -> Parser:
        return add(name, f"rules.{name}.help", command, to=rules, about=f"rules.{name}.about")

    add_verbs(add_verb, text)
    policy = group("policy", "policy.help")
    policy_verbs(partial(add, to=policy), text)
    add_simulate(partial(add, to=policy), text)
    add_organisation_verbs(partial(add, to=group("organisation", "organisation.help")), text)
    audit_verbs(partial(add, to=group("audit", "audit.help")), text)
    _jobs_options(partial(add, to=group("jobs", "jobs.help")), text)
    _notify_options(add("test", "notify.test.help", "khien.app.notify_command:test", to=group("notify", "notify.help")), text)
    _duty_options(partial(add, to=group("duty", "duty.help")), text)
    health = add("health", "health.help", "khien.app.health_command:health")
    part = health.add_mutually_exclusive_group()
    part.add_argument("--correlator", action="store_true", help=text("health.correlator"))
    part.add_argument("--sensor", metavar="NAME", help=text("health.sensor"))
    health.add_argument("--json", action="store_true", help=text("option.json"))
    health.add_argument("--port", type=port, default=_DEFAULT_PAGE_PORT, help=text("serve.port"))
    health.add_argument("--ingest-port", type=port, default=_DEFAULT_INGEST_PORT, help=text("serve.ingest_port"))
    formats = add("formats", "formats.help", "khien.app.replay_command:formats")
    formats.add_argument("--json", action="store_true", help=text("option.json"))
    return parser


def _jobs_options(add: Callable[..., Parser], text: partial[str]) -> None:
    for verb in ("list", "run"):
        each = add(verb, f"jobs.{verb}.help", f"khien.app.jobs_command:{verb}_jobs")
        if verb == "run":
            each.add_argument("name", metavar="NAME", help=text("jobs.name"))
        each.add_argument("--json", action="store_true", help=text("option.json"))
        each.add_argument("--database", metavar="URL", help=text("serve.database"))


def _notify_options(test: Parser, text: partial[str]) -> None:
    test.add_argument("--to", required=True, metavar="WHO", help=text("notify.to"))
    test.add_argument("--channel", choices=("app", "first", "second", "voice"), default="first", help=text("notify.channel"))
    test.add_argument("--json", action="store_true", help=text("option.json"))
    test.add_argument("--database", metavar="URL", help=text("serve.database"))
    test.add_argument("--organisation", metavar="DIR", help=text("serve.organisation"))


def _duty_options(add: Callable[..., Parser], text: partial[str]) -> None:
    show = add("show", "duty.show.help", "khien.app.duty_command:show")
    show.add_argument("--at", metavar="TIME", help=text("duty.at"))
    show.add_argument("--days", type=int, choices=range(366), metavar="N", default=0, help=text("duty.show.days"))
    check = add("check", "duty.check.help", "khien.app.duty_command:check")
    check.add_argument("file", nargs="?", metavar="FILE", help=text("duty.check.file"))
    check.add_argument("--days", type=int, choices=range(1, 181), metavar="N", default=30, help=text("duty.check.days"))
    for each in (show, check):
        each.add_argument("--json", action="store_true", help=text("option.json"))
        each.add_argument("--database", metavar="URL", help=text("serve.database"))


def _read_options(parser: argparse.ArgumentParser, text: partial[str]) -> None:
    parser.add_argument("file", metavar="FILE", help=text("read.file"))
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--events", metavar="OUT", help=text("read.events"))
    instead.add_argument("--top", type=row_count, metavar="N", help=text("read.top"))
    instead.add_argument("--compare", choices=("tshark",), help=text("read.compare"))
    parser.add_argument("--format", choices=("ecs", "eve"), help=text("read.format"))
    parser.add_argument("--dataset", action="append", metavar="NAME", help=text("read.dataset"))
    parser.add_argument("--host", action="append", metavar="ADDRESS", help=text("read.host_only"))
    parser.add_argument("--flow", action="append", metavar="ID", help=text("read.flow_only"))
    parser.add_argument("--checksums", choices=("auto", "on", "off"), default="auto", help=text("read.checksums"))
    parser.add_argument("--capture-secrets", action="store_true", help=text("read.secrets"))
    parser.add_argument("--json", action="store_true", help=text("option.json"))


def _replay_options(parser: argparse.ArgumentParser, text: partial[str]) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=text("replay.files"))
    parser.add_argument("--events", metavar="OUT", help=text("replay.events"))
    parser.add_argument("--rules", action="append", metavar="PATH", help=text("replay.rules"))
    parser.add_argument("--format", metavar="FORMAT", help=text("replay.format"))
    parser.add_argument("--year", type=int, help=text("replay.year"))
    parser.add_argument("--utc-offset", type=utc_offset, default=_VIETNAM_MINUTES, metavar="MINUTES", help=text("replay.zone"))
    parser.add_argument("--keep", action="store_true", help=text("replay.keep"))
    parser.add_argument("--again", action="store_true", help=text("replay.again"))
    parser.add_argument("--json", action="store_true", help=text("option.json"))


def _listening(parser: argparse.ArgumentParser, text: partial[str]) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help=text("serve.host"))
    parser.add_argument("--name", action="append", default=[], metavar="NAME", help=text("serve.name"))
    parser.add_argument("--elasticsearch", metavar="URL", help=text("serve.elasticsearch"))


def _correlator_options(parser: argparse.ArgumentParser, text: partial[str]) -> None:
    _listening(parser, text)
    parser.add_argument("--ingest-port", type=port, default=_DEFAULT_INGEST_PORT, help=text("serve.ingest_port"))
    parser.add_argument(
        "--incident-api",
        default=f"https://localhost:{_DEFAULT_INTERNAL_PORT}",
        metavar="URL",
        help=text("serve.internal_port"),
    )
    parser.add_argument("--rules", action="append", metavar="PATH", help=text("replay.rules"))
    parser.add_argument(
        "--exercise-sensor", action="append", default=[], metavar="NAME=DATASET", help=text("serve.exercise_sensor")
    )


def _incident_api_options(parser: argparse.ArgumentParser, text: partial[str]) -> None:
    _listening(parser, text)
    parser.add_argument("--port", type=port, default=_DEFAULT_PAGE_PORT, help=text("serve.port"))
    parser.add_argument("--internal-port", type=port, default=_DEFAULT_INTERNAL_PORT, help=text("serve.internal_port"))
    parser.add_argument("--audit-copy", metavar="DIR", help=text("audit.copy"))
    parser.add_argument("--database", metavar="URL", help=text("serve.database"))
    parser.add_argument("--organisation", metavar="DIR", help=text("serve.organisation"))


def _serve_options(parser: argparse.ArgumentParser, text: partial[str]) -> None:
    _incident_api_options(parser, text)
    parser.add_argument("--ingest-port", type=port, default=_DEFAULT_INGEST_PORT, help=text("serve.ingest_port"))
    parser.add_argument("--rules", action="append", metavar="PATH", help=text("replay.rules"))
    parser.add_argument(
        "--exercise-sensor", action="append", default=[], metavar="NAME=DATASET", help=text("serve.exercise_sensor")
    )


def _sensor_options(parser: argparse.ArgumentParser, text: partial[str]) -> None:
    for option in ("interface", "log", "read", "syslog"):
        metavar = {"interface": "IF", "log": "PATH", "read": "FILE", "syslog": "udp:PORT"}[option]
        parser.add_argument(f"--{option}", action="append", default=[], metavar=metavar, help=text(f"sensor.run.{option}"))
    parser.add_argument("--name", default="sensor1", metavar="NAME", help=text("sensor.run.name"))
    parser.add_argument(
        "--server", default=f"https://127.0.0.1:{_DEFAULT_INGEST_PORT}", metavar="URL", help=text("sensor.run.server")
    )
    parser.add_argument("--certificates", metavar="DIR", help=text("sensor.run.certificates"))
    parser.add_argument("--dataset", default="live", metavar="DATASET", help=text("sensor.run.dataset"))
    parser.add_argument("--user", metavar="USER", help=text("sensor.run.user"))
    parser.add_argument("--year", type=int, help=text("replay.year"))
    parser.add_argument("--utc-offset", type=utc_offset, default=_VIETNAM_MINUTES, metavar="MINUTES", help=text("replay.zone"))
    parser.add_argument("--once", action="store_true", help=text("sensor.run.once"))


def _user_options(parser: argparse.ArgumentParser, text: partial[str], *, adding: bool) -> None:
    _account_options(parser, text)
    if adding:
        parser.add_argument("--role", action="append", default=[], metavar="ROLE", help=text("user.role"))
        parser.add_argument("--unit", metavar="UNIT", help=text("user.unit"))
        parser.add_argument("--person", metavar="NAME", help=text("user.person"))
    parser.add_argument("--password-stdin", action="store_true", help=text("user.password_stdin"))


def _account_options(parser: argparse.ArgumentParser, text: partial[str]) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help=text("user.account"))
    parser.add_argument("--database", metavar="URL", help=text("serve.database"))
    parser.add_argument("--organisation", metavar="DIR", help=text("serve.organisation"))


def _language_of(arguments: Sequence[str]) -> Language:
    """The language must be known before the parser is built, because its help is in that language."""
    for place, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--language=") else ""
        if argument == "--language" and place + 1 < len(arguments):
            value = arguments[place + 1]
        for language in LANGUAGES:
            if value == language:
                return language
    return from_environment()


def _load(name: str) -> Command:
    module, _, function = name.partition(":")
    command: Command = getattr(importlib.import_module(module), function)
    return command
