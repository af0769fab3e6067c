"""One Sigma filter: what a site leaves out of rules that it did not write (specification 2.1, Filters).

pySigma builds `(rule) and (filter)`, and so do we, without its random names. An exclusion therefore reads `condition: not
selection`; the specification's own example lacks the `not` and would invert the rule, so a filter without one is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from sigma.filters import SigmaFilter
from sigma.rule import SigmaDetection, SigmaLogSource

from correlator.compiler.attributes import read_block
from correlator.compiler.condition import Condition, ConditionError, negates, parse_condition
from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.compiler.sigma_document import parse_sigma


@dataclass(frozen=True, slots=True)
class CompiledFilter:
    """A filter, read and checked. `rules` empty: every rule of its logsource."""

    document: Document
    logsource: SigmaLogSource
    rules: frozenset[str]
    condition: Condition
    detections: Mapping[str, SigmaDetection]
    digest: bytes

    def covers(self, logsource: SigmaLogSource, rule_id: str, name: str | None) -> bool:
        """Whether it speaks of this rule."""
        if logsource not in self.logsource:
            return False
        return not self.rules or rule_id in self.rules or name in self.rules


def compile_filter(document: Document, *, correlations: frozenset[str]) -> CompiledFilter:
    """Read and check; `correlations`: ids and names that are no rules on events. Raises `RejectedDocumentError`."""
    block = read_block(document)
    parsed: SigmaFilter = parse_sigma(SigmaFilter, document)
    rules = parsed.filter.rules
    named = [] if isinstance(rules, str) else [reference.reference for reference in rules]
    over = [name for name in named if name in correlations]
    if over:
        raise RejectedDocumentError(Reason.FILTER_ON_CORRELATION, f"`{over[0]}`", location=document.at("filter", "rules"))
    if not isinstance(rules, str) and not named:
        raise RejectedDocumentError(Reason.EMPTY_LIST, "`rules`", location=document.at("filter", "rules"))
    text = parsed.filter.condition[0]
    location = document.at("filter", "condition")
    try:
        condition = parse_condition(text)
    except ConditionError as error:
        raise RejectedDocumentError(Reason.CONDITION_INVALID, str(error), location=location) from error
    if not block.is_narrowing_filter and not negates(condition):
        raise RejectedDocumentError(Reason.FILTER_NOT_NEGATED, text, location=location)
    written = orjson.dumps(document.content, default=str, option=orjson.OPT_SORT_KEYS)
    return CompiledFilter(
        document=document,
        logsource=parsed.logsource,
        rules=frozenset(named),
        condition=condition,
        detections=parsed.filter.detections,
        digest=hashlib.sha256(document.location.encode() + written).digest(),
    )
