"""Why a document was not compiled: a closed list, so that page, `check` and metrics count the same things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from correlator.compiler.detail_words import in_vietnamese
from khien.errors import KhienError, Language


class Reason(StrEnum):
    """The closed list; each has the error code `rule.<reason with underscores>`."""

    YAML = "yaml"
    SCHEMA = "schema"
    ATTRIBUTE_UNKNOWN = "attribute-unknown"
    CONDITION_INVALID = "condition-invalid"
    MODIFIER_UNKNOWN = "modifier-unknown"
    VALUE_TYPE = "value-type"
    EMPTY_SELECTOR = "empty-selector"
    EMPTY_LIST = "empty-list"
    PLACEHOLDER_UNDEFINED = "placeholder-undefined"
    EXPANSION_TOO_LARGE = "expansion-too-large"
    REGEX_UNSUPPORTED = "regex-unsupported"
    REGEX_SIZE = "regex-size"
    LEGACY_AGGREGATION = "legacy-aggregation"
    LOGSOURCE_UNMAPPED = "logsource-unmapped"
    FEATURE_UNSUPPORTED = "feature-unsupported"
    REFERENCE_MISSING = "reference-missing"
    REFERENCE_CYCLE = "reference-cycle"
    DUPLICATE_ID = "duplicate-id"
    FILTER_ON_CORRELATION = "filter-on-correlation"
    FILTER_NOT_NEGATED = "filter-not-negated"
    PERCENTILE_MISSING = "percentile-missing"
    GROUP_NOT_PARTITIONABLE = "group-not-partitionable"
    PACK_ALTERED = "pack-altered"

    @property
    def code(self) -> str:
        """The registered error code."""
        return f"rule.{self.value.replace('-', '_')}"


class RejectedDocumentError(KhienError):
    """One document that is left out. `location` is `file:line`; the other documents go on."""

    def __init__(self, reason: Reason, detail: str, *, location: str) -> None:
        super().__init__(reason.code, location=location, detail=detail)
        self.reason = reason
        self.detail = detail

    def sentence(self, language: Language = "en") -> str:
        """As every error's, with the detail in the person's language."""
        if language == "en":
            return super().sentence(language)
        return KhienError(self.code, location=self.location, detail=in_vietnamese(self.detail)).sentence(language)


#: `:line` or `:line:column` behind the name of a file, which may hold colons itself.
_PLACE = re.compile(r"(:\d+){1,2}\Z")


def file_of(location: str) -> str:
    """The file of `file:line`."""
    return _PLACE.sub("", location)


@dataclass(frozen=True, slots=True)
class Rejection:
    """An entry of the load accounting."""

    reason: Reason
    location: str
    title: str
    detail: str

    def __str__(self) -> str:
        """The English sentence: what a log or a machine's answer shows."""
        return self.sentence()

    def sentence(self, language: Language = "en") -> str:
        """Where and why, in the person's language."""
        return self.error().sentence(language)

    def hint(self, language: Language = "en") -> str:
        """One thing to do next."""
        return self.error().hint(language)

    def error(self) -> RejectedDocumentError:
        """As it was raised."""
        return RejectedDocumentError(self.reason, self.detail, location=self.location)
