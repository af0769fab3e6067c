"""Any request that the document allows, and many that it does not: no defect, no undocumented answer (schemathesis).

The answers are checked against the OpenAPI document: status, content type, shape. The asking person holds every role and has given
the second factor, so that nothing is refused at the door.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from incident_api.alerts.models import TriageGroup
from incident_api.openapi import DOCUMENT
from incident_api.people.models import PersonRow
from incident_api.people.rights import ROLE_CAPACITY
from incident_api.runtime import Runtime
from tests.incident_api.city import Lines, Page, add_person, alert, city, post

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: The stream never ends; logging out would end everybody's session; argon2 is slow on purpose. Each has tests of its own.
_ELSEWHERE = {"readStream", "logOut", "logIn", "changePassword", "beginSecondFactor"}
_SCHEMA = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text(encoding="utf-8")))
_OPERATIONS = {
    found.definition.raw["operationId"]: found
    for found in (result.ok() for result in _SCHEMA.get_all_operations() if isinstance(result, Ok))
    if found.definition.raw["operationId"] not in _ELSEWHERE
}
_EXAMPLES = int(os.environ.get("KHIEN_API_EXAMPLES", "4"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runtime, Page]]:
    """A group, an incident, and somebody who may do everything."""
    with city(tmp_path_factory.mktemp("any"), events=Lines()) as runtime:
        add_person(runtime, "everybody", role="irt.leader", home="tt-dl")
        with runtime.database.write() as session:
            session.get_one(PersonRow, "everybody").roles = sorted(ROLE_CAPACITY)
        post(runtime, alert(1), alert(2, rule="other"))
        page = Page(runtime, "everybody")
        assert page.post("/incidents", {"title": "Sự cố", "assets": ["dvc"]}).status_code == 201
        yield runtime, page


def test_no_operation_is_left_out_unseen() -> None:
    """What schemathesis cannot read of the document would otherwise be asked nothing, and nobody would know."""
    documented = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    named = {operation["operationId"] for methods in documented.values() for operation in methods.values()}
    assert set(_OPERATIONS) | _ELSEWHERE == named


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sorted(_OPERATIONS))
def test_every_answer_is_documented_and_none_is_a_defect(world: tuple[Runtime, Page], name: str) -> None:
    operation = _OPERATIONS[name]

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def ask(case: Any, is_known: bool) -> None:  # noqa: FBT001 - drawn
        runtime, page = world
        if is_known and case.path_parameters:
            case.path_parameters.update({each: _known(runtime)[each] for each in case.path_parameters if each in _known(runtime)})
        # Health answers 503 when something is down: that is its documented word, not a defect.
        checks = [check for check in _CHECKS if name != "readHealth" or check is not not_a_server_error]
        case.validate_response(page.send(case), checks=checks)

    ask()


def _known(runtime: Runtime) -> dict[str, Any]:
    """Objects that exist: otherwise nearly every answer would be 404."""
    with runtime.database.read() as session:
        group = session.scalars(select(TriageGroup.id).order_by(TriageGroup.id)).first()
    return {"group_id": group, "alert_id": alert(1).id, "incident_id": "SC-2026-0001", "number": 1, "name": "escalation"}
