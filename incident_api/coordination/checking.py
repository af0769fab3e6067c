"""Every check of an upload at once, without keeping it: what is to be mended with file and line, and what it would change.

`life.draft` runs the same checks and stops at the first fault; this goes on as far as it can: one round of mending is enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from incident_api.coordination import life, versions
from incident_api.coordination.checking_schemas import FailedCase, PolicyCheck, PolicyFault
from incident_api.coordination.conflicts import check_conflicts, overlaps
from incident_api.coordination.differences import differences
from incident_api.coordination.documents import DOCUMENT_BYTES, parse_document
from incident_api.coordination.examination import check_calendar
from incident_api.coordination.golden_run import failures
from incident_api.coordination.models import PolicyRow
from incident_api.coordination.policy import ALL_PARTS, PARTS, Policy, merged_of, policy_hash, policy_of
from incident_api.coordination.schemas import CaseAnswer, DraftPolicy, RuleOverlap
from incident_api.coordination.signatures import FILE, short_form
from incident_api.http.schemas import LocalText
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: Faults of one answer; the count says how many there are.
MOST_FAULTS = 100
_CALENDAR = "calendar"
_QUOTED = re.compile(r"`([^`]{1,120})`")
_Place = tuple[str | int, ...]


@dataclass(slots=True)
class _Upload:
    """The files as far as they could be read. `trees`: file name → its YAML tree with lines."""

    document: dict[str, Any] = field(default_factory=dict)
    trees: dict[str, yaml.Node] = field(default_factory=dict)
    faults: list[PolicyFault] = field(default_factory=list)


def check(runtime: Runtime, request: DraftPolicy) -> PolicyCheck:
    """Raises `policy.upload` for what is no upload of a policy at all; every other fault is part of the answer."""
    files = {name: content for name, content in versions.files_of(request).items() if name != FILE}
    upload = _read(files)
    if upload.faults:
        return _faulty(upload.faults)
    try:
        policy = Policy.model_validate(merged_of(upload.document))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        # A list whose only member is at fault is also "too short": what lies inside says it all.
        inner = [each for each in found if not any(_is_within(other["loc"], each["loc"]) for other in found)]
        return _faulty([_invalid(upload, each) for each in inner])
    faults = list(_contradictions(runtime, policy, upload))
    return _examined(runtime, policy, upload, faults)


def _read(files: Mapping[str, bytes]) -> _Upload:
    upload = _Upload()
    for name, content in sorted(files.items()):
        try:
            found, upload.trees[name] = _parsed(content)
        except _UnreadableError as error:
            upload.faults.append(_fault(name, error.line, "", KhienError("policy.unreadable", path=name, reason=error.reason)))
            continue
        stem = name.removesuffix(".yaml")
        if stem in ALL_PARTS:
            upload.document[stem] = found
        else:
            upload.document.setdefault(_CALENDAR, {})[stem.removeprefix(f"{_CALENDAR}/")] = found
    given = {name.partition("/")[0].removesuffix(".yaml") for name in files}
    for part in (*PARTS, _CALENDAR):
        if part not in given:
            name = f"{_CALENDAR}/" if part == _CALENDAR else f"{part}.yaml"
            missing = KhienError("policy.invalid", path=name, place=part, reason="the part is missing", count=1)
            upload.faults.append(_fault(name, None, part, missing))
    return upload


class _UnreadableError(Exception):
    """Bytes that are no document, and the line where that shows."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def _parsed(content: bytes) -> tuple[dict[str, Any], yaml.Node]:
    if len(content) > DOCUMENT_BYTES:
        reason = f"larger than {DOCUMENT_BYTES} bytes"
        raise _UnreadableError(reason, None)
    try:
        return parse_document(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _UnreadableError("not UTF-8", content[: error.start].count(b"\n") + 1) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or " ".join(str(error).split()) or type(error).__name__
        raise _UnreadableError(reason[:300], None if mark is None else mark.line + 1) from error


def _is_within(inner: _Place, outer: _Place) -> bool:
    return len(inner) > len(outer) > 0 and inner[: len(outer)] == outer


def _invalid(upload: _Upload, found: Any) -> PolicyFault:
    """A fault of the schema: the file whose member it is, and the line of the deepest part that stands there."""
    name, place = _file_of(upload.document, found["loc"])
    reason = str(found["msg"]).removeprefix("Value error, ")[:300]
    line = _line(upload.trees.get(name), place) if place else None
    if line is None:
        name, line = _mentioned(upload, reason, name)
    path = "/".join(str(each) for each in place)
    return _fault(name, line, path, KhienError("policy.invalid", path=name, place=path or "–", reason=reason, count=1))


def _file_of(document: Mapping[str, Any], loc: _Place) -> tuple[str, _Place]:
    """Which file a member of a policy comes from (`policy.merged_of`), and the way inside it."""
    first, place = (loc[0], loc[1:]) if loc else ("", ())
    match first:
        case "bases":
            return "basis.yaml", place
        case "calendar" if place[:1] == ("years",) and len(place) > 1:
            return f"{_CALENDAR}/{place[1]}.yaml", place[2:]
        case "calendar":
            return "week.yaml", place[1:]
        case "acknowledge_basis":
            return "acknowledge.yaml", ("basis",)
        case str() if first in ALL_PARTS:
            return f"{first}.yaml", place
        case _:
            part = next((each for each in ("policy", "acknowledge", "assignment") if first in document.get(each, {})), "policy")
            return f"{part}.yaml", (first, *place) if first else ()


def _line(tree: yaml.Node | None, place: _Place) -> int | None:
    """The line of the deepest node on the way that exists; None when not even its first step does."""
    node, walked = tree, 0
    for step in place:
        following: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            following = next((value for key, value in node.value if key.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            following = node.value[step]
        if following is None:
            break
        node, walked = following, walked + 1
    return node.start_mark.line + 1 if node is not None and walked else None


def _mentioned(upload: _Upload, reason: str, name: str) -> tuple[str, int | None]:
    """Where the name stands that a sentence quotes, the file that it is about first; the whole file when it stands nowhere."""
    for quoted in _QUOTED.findall(reason):
        for file in sorted(upload.trees, key=lambda each: (each != name, each)):
            line = _line_of_scalar(upload.trees[file], quoted)
            if line is not None:
                return file, line
    return name, None


def _line_of_scalar(tree: yaml.Node, value: str) -> int | None:
    """The first line on which a value stands; the depth is bounded by the reader (`documents.DOCUMENT_DEPTH`)."""
    if isinstance(tree, yaml.ScalarNode):
        return tree.start_mark.line + 1 if tree.value == value else None
    parts = [part for pair in tree.value for part in pair] if isinstance(tree, yaml.MappingNode) else list(tree.value)
    return next((line for part in parts if (line := _line_of_scalar(part, value)) is not None), None)


def _contradictions(runtime: Runtime, policy: Policy, upload: _Upload) -> Iterator[PolicyFault]:
    try:
        check_conflicts(policy)
    except KhienError as error:
        name = str(error.params.get("part", "severity.yaml"))
        rule = str(error.params.get("rule", ""))
        tree = upload.trees.get(name)
        yield _fault(name, None if tree is None else _line_of_scalar(tree, rule), rule, error)
    try:
        check_calendar(policy, at_us=runtime.clock.now_us())
    except KhienError as error:
        yield _fault(f"{_CALENDAR}/{error.params.get('year', '')}.yaml", None, "", error)


def _examined(runtime: Runtime, policy: Policy, upload: _Upload, faults: list[PolicyFault]) -> PolicyCheck:
    sha256 = policy_hash(upload.document)
    golden = upload.trees.get("golden.yaml")
    counted = Counter(policy.status_of(rule) for rule in policy.obligations.rules)
    with runtime.database.read() as session:
        known = session.get(PolicyRow, sha256)
        current = life.row_of(session, runtime.policy.sha256)
    old = policy_of(current.document, path=Path("state.db"))
    found = differences(current.document, upload.document, old=old, new=policy)
    return PolicyCheck(
        faults=faults[:MOST_FAULTS],
        faults_in_all=len(faults),
        failed_cases=[
            FailedCase(
                line=None if golden is None else _line_of_scalar(golden, each.case),
                answer=CaseAnswer(**asdict(each)),
            )
            for each in failures(policy)
        ],
        sha256=sha256,
        short=short_form(sha256),
        version=policy.version,
        effective_from=policy.effective_from,
        state=None if known is None else known.state,
        cases=sum(1 for _ in policy.golden.cases()),
        obligations=len(policy.obligations.rules),
        sourced=counted["S"],
        partly=counted["S/A"],
        assumed=counted["A"],
        legacy=counted["L"],
        overlaps=[RuleOverlap(**asdict(each)) for each in overlaps(policy)],
        differences=versions.differences_view(found, before=current.sha256, after=sha256),
    )


def _faulty(faults: list[PolicyFault]) -> PolicyCheck:
    return PolicyCheck(
        faults=faults[:MOST_FAULTS],
        faults_in_all=len(faults),
        failed_cases=[],
        sha256=None,
        short=None,
        version=None,
        effective_from=None,
        state=None,
        cases=0,
        obligations=0,
        sourced=0,
        partly=0,
        assumed=0,
        legacy=0,
        overlaps=[],
        differences=None,
    )


def _fault(name: str, line: int | None, place: str, error: KhienError) -> PolicyFault:
    text = LocalText(vi=error.sentence("vi"), en=error.sentence("en"))
    return PolicyFault(file=name, line=line, place=place, code=error.code, text=text)
