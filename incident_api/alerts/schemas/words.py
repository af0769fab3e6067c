"""The words of the queue: states, verdicts, tabs, and the parts of a body that more than one shape has."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import MOST

State = Literal["new", "taken", "linked", "suppressed", "closed"]
Verdict = Literal["true", "expected", "false_positive", "duplicate", "registered", "exercise", "undetermined"]
SeverityName = Literal["low", "medium", "high", "critical"]
DatasetKind = Literal["live", "import", "exercise"]
Tab = Literal["mine", "team", "unattended", "critical", "linked", "suppressed", "closed"]
Sort = Literal["severity", "newest", "oldest", "due"]
GroupBy = Literal["rule", "asset", "unit", "source", "destination", "technique", "incident", "assignee"]
#: What may have become of alerts since they were made.
Life = Literal["withdrawn", "superseded", "amended", "estimated", "folded"]
Action = Literal["take", "hand_over", "escalate", "link", "unlink", "suppress", "unsuppress", "close", "reopen", "undo", "note"]
SuppressionScope = Literal["thing", "sources"]
Version = Annotated[int, Field(ge=1, le=MOST, description="The version the person saw; another one answers 409")]
IncidentId = Annotated[str, Field(pattern=r"^SC-[0-9]{4}-[0-9]{4,6}$", max_length=16)]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]
