"""The reference page of the state machines: a diagram and a table of each, written from the declared tables themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from incident_api.alerts import states as alerts
from incident_api.casework import states as casework
from incident_api.duty import machines as duty
from incident_api.incidents import states as incidents
from incident_api.notifications import states as notices


@dataclass(frozen=True, slots=True)
class _Step:
    """One transition as the page shows it. No sources: the beginning; no target: back to the state before."""

    number: str
    action: str
    sources: tuple[str, ...]
    target: str | None
    who: str = ""
    required: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    two: bool = False


@dataclass(frozen=True, slots=True)
class _Machine:
    name: str
    about: str
    steps: tuple[_Step, ...]


def states_page(*, head: str) -> str:
    """The whole page, in Markdown with Mermaid diagrams."""
    lines = [
        head,
        "# State machines\n\n",
        "Every state of a thing of work and every way from one to another. Each table is declared once and executed by one\n",
        "function; what is not in it cannot happen. What is `required` must be filled in, a guard must hold besides; a\n",
        "refusal is an error of [errors](errors.md). An act of two parties is asked for by one and granted by another, where\n",
        "the rules say so.\n\n",
    ]
    for machine in _machines():
        lines += [f"## {machine.name}\n\n{machine.about}\n\n", *_diagram(machine.steps), *_table(machine.steps)]
    return "".join(lines).rstrip() + "\n"


def _machines() -> Iterator[_Machine]:
    yield _Machine(
        "Alert group",
        "`incident_api/alerts/states.py`. An undo goes back to the state before, within a minute.",
        tuple(
            _Step(
                row.number,
                row.action,
                _sorted(row.sources),
                row.target,
                _who(row.right, by_job=row.by_job),
                row.required,
                row.guards,
            )
            for row in alerts.TABLE
        ),
    )
    yield _Machine(
        "Incident",
        "`incident_api/incidents/states.py`. Taking a merger back goes to the state before it.",
        tuple(
            _Step(
                row.number,
                row.action,
                _sorted(row.sources),
                row.target,
                row.right,
                row.required,
                row.guards,
                two=row.two is not None,
            )
            for row in incidents.TABLE
        ),
    )
    for of, name in ((casework.Machine.TASK, "Task"), (casework.Machine.COUNTERMEASURE, "Countermeasure")):
        yield _Machine(
            name,
            "`incident_api/casework/states.py`.",
            tuple(
                _Step(
                    row.number,
                    row.action,
                    _sorted(row.sources),
                    row.target,
                    row.right,
                    row.required,
                    row.guards,
                    two=row.two is not None,
                )
                for row in casework.TABLE
                if row.machine is of
            ),
        )
    for key, name in (
        ("swap", "Swap of shifts"),
        ("leave", "Leave"),
        ("override", "Override"),
        ("hand_over", "Hand-over of a shift"),
    ):
        yield _Machine(
            name,
            "`incident_api/duty/machines.py`. Who may is said by the part that somebody has in the matter.",
            tuple(
                _Step("", row.action, _sorted(row.sources), row.target, ", ".join(sorted(row.parts)))
                for row in duty.TABLE
                if row.machine == key
            ),
        )
    yield _Machine(
        "Notice",
        "`incident_api/notifications/states.py`. Moved by the sender and by what the recipient answers.",
        tuple(_Step("", "", (before.value,), after) for before, afters in notices.TABLE.items() for after in _sorted(afters)),
    )


def _who(right: str | None, *, by_job: bool) -> str:
    return " or ".join([*([right] if right else []), *(["a job of ours"] if by_job else [])])


def _sorted(states: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(str(state) for state in states))


def _diagram(steps: tuple[_Step, ...]) -> Iterator[str]:
    """What leads from everywhere back to where it came from would be an arrow from each state to itself: the table says it."""
    yield "```mermaid\nstateDiagram-v2\n"
    for step in steps:
        label = f": {step.action}" if step.action else ""
        for source in step.sources or ("[*]",):
            if step.target is not None:
                yield f"    {source} --> {step.target}{label}\n"
    left = {source for step in steps for source in step.sources if step.target not in (None, source)}
    for end in sorted({step.target for step in steps if step.target is not None} - left):
        yield f"    {end} --> [*]\n"
    yield "```\n\n"


def _table(steps: tuple[_Step, ...]) -> Iterator[str]:
    if not any(step.action for step in steps):
        return
    yield "| | act | from | to | who | required | guards |\n|---|---|---|---|---|---|---|\n"
    for step in steps:
        guards = [*step.guards, *(["two_parties"] if step.two else [])]
        cells = (
            step.number,
            f"`{step.action}`",
            ", ".join(step.sources) or "nothing",
            step.target or "the state before",
            step.who,
            ", ".join(step.required),
            ", ".join(guards),
        )
        yield "| " + " | ".join(cells) + " |\n"
    yield "\n"
