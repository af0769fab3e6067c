"""What reports say, as data that both parties sign: kinds, headings, and the facts of each section (`reports.yaml`)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from incident_api.coordination.organisation import Identifier, Part, Text

#: The names of facts that a report may state; `incident_api.reports.facts` makes each from the store.
FACT_NAMES = frozenset({
    "answers",
    "assets",
    "closed",
    "containment",
    "course",
    "data_kinds",
    "data_officer",
    "detected",
    "flags",
    "handler",
    "harm",
    "impact",
    "indicators",
    "lead",
    "lessons",
    "measures",
    "number",
    "occurred",
    "owners",
    "personal_data_known",
    "reasons",
    "recovered",
    "recovery",
    "resolution",
    "root_cause",
    "severity",
    "state",
    "subjects",
    "techniques",
    "title",
    "told",
    "type",
    "units",
})  # fmt: skip


class ReportHeading(Part):
    """The official heading (Decree 30/2020, Appendix I): nation and motto on the right, who issues it on the left."""

    nation: Text
    motto: Text
    superior: Text
    issuer: Text
    symbol: Annotated[str, Field(min_length=1, max_length=30)]
    signer: Text
    archive: Text


class ReportSection(Part):
    """A numbered section. `needs`: facts that are listed as missing while nobody knows them."""

    text: Text
    facts: Annotated[tuple[str, ...], Field(min_length=1)]
    needs: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _facts_are_known(self) -> Self:
        for name in self.facts:
            if name not in FACT_NAMES:
                msg = f"`{name}` is not a fact; known are {', '.join(sorted(FACT_NAMES))}"
                raise ValueError(msg)
        for name in self.needs:
            if name not in self.facts:
                msg = f"`{name}` is needed and not among the facts of its section"
                raise ValueError(msg)
        return self


class ReportKind(Part):
    """One kind of report. `fulfils`: codes of the obligations that sending it can fulfil."""

    title: Text
    subject: Text
    fulfils: tuple[str, ...]
    basis: str
    sections: Annotated[tuple[ReportSection, ...], Field(min_length=1, max_length=20)]


class ReportRules(Part):
    """The file `reports.yaml`."""

    heading: ReportHeading
    kinds: Annotated[dict[Identifier, ReportKind], Field(min_length=1)]
