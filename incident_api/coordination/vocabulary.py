"""The names of a policy in both languages: classes, questions, flags, kinds of incident, forms and roles.

What people answer and choose from comes from the signed rules; the page holds no list of its own.
"""

from __future__ import annotations

from typing import Literal

from incident_api.coordination.explanation import ROLES
from incident_api.coordination.organisation import Text
from incident_api.coordination.policy import Policy
from incident_api.http.schemas import Answer, LocalText


class NamedText(Answer):
    """A name of the policy in words."""

    id: str
    text: LocalText


class NamedQuestion(Answer):
    """A question that people answer about an incident; `choices` of a choice."""

    id: str
    text: LocalText
    type: Literal["boolean", "count", "choice"]
    choices: list[NamedText]


class NamedFlag(Answer):
    """A mark that people set; `implies` others. `of_asset`: set by itself when a system carries it."""

    id: str
    text: LocalText
    implies: list[str]
    of_asset: bool


class NamedRule(Answer):
    """A rule of severity."""

    id: str
    severity: str
    text: LocalText


class NamedType(Answer):
    """A kind of incident (RSIT), its class in words and the city's group."""

    id: str
    text: LocalText
    of: LocalText
    group: str


class NamedForm(Answer):
    """A kind of report; `fulfils`: codes of the obligations that it can fulfil."""

    id: str
    text: LocalText
    fulfils: list[str]


class PolicyVocabulary(Answer):
    """The names of a policy: what people answer and choose from."""

    classes: list[NamedText]
    questions: list[NamedQuestion]
    flags: list[NamedFlag]
    rules: list[NamedRule]
    types: list[NamedType]
    groups: list[NamedText]
    tags: list[str]
    forms: list[NamedForm]
    roles: list[NamedText]


def of(policy: Policy) -> PolicyVocabulary:
    """Every name, in the order of the policy's files."""
    severity, taxonomy = policy.severity, policy.taxonomy
    return PolicyVocabulary(
        classes=_named({name.value: text for name, text in severity.classes.items()}),
        questions=[
            NamedQuestion(id=name, text=_local(fact.text), type=fact.type, choices=_named(fact.choices))
            for name, fact in severity.facts.items()
        ],
        flags=[
            NamedFlag(id=name, text=_local(flag.text), implies=list(flag.implies), of_asset=flag.of_asset is not None)
            for name, flag in severity.flags.items()
        ],
        rules=[NamedRule(id=rule.id, severity=rule.severity.value, text=_local(rule.text)) for rule in severity.rules],
        types=[
            NamedType(id=name, text=_local(row.text), of=_local(taxonomy.classes[row.class_]), group=row.group)
            for name, row in taxonomy.types.items()
        ],
        groups=_named(taxonomy.groups),
        tags=list(taxonomy.tags),
        forms=[
            NamedForm(id=name, text=_local(kind.title), fulfils=list(kind.fulfils)) for name, kind in policy.reports.kinds.items()
        ],
        roles=[NamedText(id=name, text=LocalText(vi=vi, en=en)) for name, (vi, en) in ROLES.items()],
    )


def _named(texts: dict[str, Text]) -> list[NamedText]:
    return [NamedText(id=name, text=_local(text)) for name, text in texts.items()]


def _local(text: Text) -> LocalText:
    return LocalText(vi=text.vi, en=text.en)
