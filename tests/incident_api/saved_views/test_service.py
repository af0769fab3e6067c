"""Saved views: one's own are nobody else's, shared ones everybody's, and their removal is the owner's or a lead's."""

from __future__ import annotations

from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.runtime import Runtime
from incident_api.saved_views.service import MOST_VIEWS
from tests.incident_api.city import Page

OWN = {"name": "Ca đêm của tôi", "address": "tab=mine&sort=due"}
SHARED = {"name": "Cổng thông tin", "address": "tab=team&filter=asset%3Acong-tt", "is_shared": True}


def names(page: Page) -> list[str]:
    return [each["name"] for each in page.get("/views").json()["views"]]


def test_ones_own_view_is_nobody_elses_and_a_shared_one_is_everybodys(runtime: Runtime) -> None:
    page, other = Page(runtime, "irt.analyst.2"), Page(runtime, "irt.analyst.5")
    for body in (OWN, SHARED):
        assert page.request("PUT", "/views", json=body).status_code == 200
    assert names(page) == ["Ca đêm của tôi", "Cổng thông tin"]
    assert names(other) == ["Cổng thông tin"]
    with runtime.database.read() as session:
        assert session.scalars(select(AuditRow.act).where(AuditRow.act.like("view.%"))).all() == ["view.share"]


def test_the_same_name_again_replaces_the_address(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    page.request("PUT", "/views", json=OWN)
    page.request("PUT", "/views", json={**OWN, "name": "  Ca đêm của tôi ", "address": "tab=unattended"})
    (view,) = page.get("/views").json()["views"]
    assert view["address"] == "tab=unattended"


def test_a_shared_view_is_removed_by_its_owner_or_a_lead_and_by_nobody_else(runtime: Runtime) -> None:
    page, other, lead = (Page(runtime, name) for name in ("irt.analyst.2", "irt.analyst.5", "irt.shift_lead.2"))
    first = page.request("PUT", "/views", json=SHARED).json()["id"]
    own = page.request("PUT", "/views", json=OWN).json()["id"]
    assert other.request("DELETE", f"/views/{first}").json()["code"] == "session.forbidden"
    assert other.request("DELETE", f"/views/{own}").status_code == 404
    assert lead.request("DELETE", f"/views/{first}").status_code == 204
    assert names(other) == []


def test_an_address_is_what_stands_in_an_address(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    assert page.request("PUT", "/views", json={**OWN, "address": "tab=mine filter=x"}).status_code == 422
    assert page.request("PUT", "/views", json={**OWN, "name": " "}).status_code == 422


def test_nobody_keeps_more_than_they_can_overlook(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    for number in range(MOST_VIEWS):
        assert page.request("PUT", "/views", json={**OWN, "name": f"v{number}"}).status_code == 200
    assert page.request("PUT", "/views", json={**OWN, "name": "one more"}).json()["code"] == "request.too_many_views"


def test_a_contact_of_one_unit_shares_nothing_and_reads_nothing_shared(runtime: Runtime) -> None:
    Page(runtime, "irt.analyst.2").request("PUT", "/views", json=SHARED)
    contact = Page(runtime, "unit.contact.p-an-binh")
    assert names(contact) == []
    assert contact.request("PUT", "/views", json=SHARED).json()["code"] == "session.forbidden"
    assert contact.request("PUT", "/views", json=OWN).status_code == 200
