"""`khien user add | reset | reset-second-factor`: accounts of the page, made on the server's own machine."""

from __future__ import annotations

import getpass
import sys

from incident_api.opening import opened
from incident_api.people import service as people
from incident_api.people.person import Actor
from incident_api.sessions import second_factor
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.clock import SystemClock
from khien.errors import KhienError


def add(context: Context) -> int:
    """Give a person of the organisation a log-in, or make a new person with these roles."""
    given = context.arguments
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        people.add_user(
            runtime,
            account=given.account,
            password=_password(context),
            roles=tuple(given.role),
            home=given.unit,
            name=given.person,
        )
    context.tell(context.say("user.added", account=given.account))
    return 0


def reset(context: Context) -> int:
    """Set a new password; every session of the account ends."""
    account = context.arguments.account
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        people.reset_password(runtime, account=account, password=_password(context))
    context.tell(context.say("user.reset.done", account=account))
    return 0


def reset_second_factor(context: Context) -> int:
    """Forget a lost second factor; its owner sets up a new one after the next log-in."""
    account = context.arguments.account
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        second_factor.reset(runtime, account=account, actor=Actor.job("command-line"))
    context.tell(context.say("user.second_factor.done", account=account))
    return 0


def _password(context: Context) -> str:
    """Never from the command line: every process of the machine can read that."""
    if context.arguments.password_stdin:
        try:
            return sys.stdin.readline().rstrip("\n")
        except UnicodeDecodeError as error:
            raise KhienError("user.password_not_text") from error
    if not sys.stdin.isatty():
        raise KhienError("user.no_terminal")
    password = getpass.getpass(context.say("user.ask", account=context.arguments.account))
    if getpass.getpass(context.say("user.ask_again")) != password:
        raise KhienError("user.passwords_differ")
    return password
