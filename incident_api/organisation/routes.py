"""The organisation: what it is on a day, whose something is, and its import in two steps."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AfterValidator

from incident_api.http.identity import Caller, RuntimeOf, changes, requires
from incident_api.http.schemas import problem_responses
from incident_api.organisation import service
from incident_api.organisation.schemas import (
    AssetsAnswer,
    ContactsAnswer,
    OrganisationAnswer,
    OrganisationFiles,
    OrganisationPreviewAnswer,
    PlaceAnswer,
    PreviewOrganisation,
    UnitsAnswer,
)
from incident_api.people.rights import Right
from khien.errors import KhienError

router = APIRouter(prefix="/organisation", tags=["organisation"])

Reader = Annotated[Caller, Depends(requires(Right.ORGANISATION_READ))]
Keeper = Annotated[Caller, Depends(changes(Right.ORGANISATION_CHANGE))]
At = Annotated[int | None, Query(ge=0, le=4_102_444_800_000_000, description="As of this time, now by default")]
_READ = problem_responses(401, 403, 422)
_PREVIEW = r"^[A-Za-z0-9_-]{20,64}$"


def _token(name: str) -> str:
    if re.fullmatch(_PREVIEW, name) is None:
        raise KhienError("organisation.preview_unknown")
    return name


@router.get("", operation_id="readOrganisation", responses=problem_responses(401, 403))
def read_organisation(found: Reader, runtime: RuntimeOf) -> OrganisationAnswer:
    """The organisation in force, and what somebody should mend in it."""
    return service.overview(runtime, caller=found)


@router.get("/units", operation_id="listUnits", responses=_READ)
def list_units(found: Reader, runtime: RuntimeOf, at_us: At = None) -> UnitsAnswer:
    """Agencies; those that ended name who answers for them."""
    return service.units(runtime, caller=found, at_us=_at(runtime, at_us))


@router.get("/assets", operation_id="listAssets", responses=_READ)
def list_assets(
    found: Reader,
    runtime: RuntimeOf,
    at_us: At = None,
    unit: Annotated[str | None, Query(max_length=63, description="Only what this unit owned")] = None,
    after: Annotated[str | None, Query(max_length=63)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AssetsAnswer:
    """Systems with owner, level and addresses as of a time."""
    return service.assets(runtime, caller=found, at_us=_at(runtime, at_us), unit=unit, after=after, limit=limit)


@router.get("/contacts", operation_id="listContacts", responses=_READ)
def list_contacts(found: Reader, runtime: RuntimeOf, at_us: At = None) -> ContactsAnswer:
    """Where recipients, functions of units and people are reached as of a time."""
    return service.contacts_on(runtime, caller=found, at_us=_at(runtime, at_us))


@router.get("/place", operation_id="readPlace", responses=problem_responses(401, 403, 404, 422))
def read_place(
    found: Reader,
    runtime: RuntimeOf,
    address: Annotated[str | None, Query(max_length=64)] = None,
    host: Annotated[str | None, Query(max_length=253)] = None,
    at_us: At = None,
) -> PlaceAnswer:
    """Whose an address or a machine was as of a time: system, level, unit, contact."""
    return service.place(runtime, caller=found, address=address, host=host, at_us=_at(runtime, at_us))


@router.get("/export", operation_id="exportOrganisation", responses=_READ)
def export_organisation(
    _found: Annotated[Caller, Depends(requires(Right.ORGANISATION_CHANGE))],
    runtime: RuntimeOf,
    form: Annotated[Literal["yaml", "csv"], Query(alias="format")] = "yaml",
) -> OrganisationFiles:
    """The organisation as files to mend and import again; without rota and keys."""
    return service.export(runtime, form=form)


@router.put("/import", operation_id="previewOrganisation", responses=problem_responses(401, 403, 404, 413, 422))
def preview_organisation(body: PreviewOrganisation, found: Keeper, runtime: RuntimeOf) -> OrganisationPreviewAnswer:
    """Read, check and compare an import; nothing changes. More than 1 MiB goes through `khien organisation import`."""
    return service.preview(runtime, caller=found, files=body.files)


@router.post("/import/{token}", operation_id="adoptOrganisation", responses=problem_responses(401, 403, 404, 409, 422))
def adopt_organisation(
    token: Annotated[str, AfterValidator(_token), Path(json_schema_extra={"pattern": _PREVIEW})], found: Keeper, runtime: RuntimeOf
) -> OrganisationAnswer:
    """Put a previewed import in force; the same token again changes nothing."""
    return service.adopt(runtime, caller=found, token=token)


def _at(runtime: RuntimeOf, at_us: int | None) -> int:
    return runtime.clock.now_us() if at_us is None else at_us
