"""The application that machines talk to: its own port, mutual TLS, and the name from the certificate (never from a header)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request

from incident_api.alerts import intake
from incident_api.alerts.schemas import AlertBatch, AlertBatchAnswer
from incident_api.coordination import service as coordination
from incident_api.coordination.schemas import InventoryAnswer
from incident_api.faults import conditions
from incident_api.faults.published import ConditionAnswer, PublishCondition
from incident_api.held_back import service as held_back
from incident_api.held_back.schemas import PublishHeldBack
from incident_api.http import problems
from incident_api.http.guard import BodyLimit
from incident_api.http.identity import RuntimeOf
from incident_api.ledger import service as ledger
from incident_api.ledger.schemas import PublishLedger
from incident_api.people.person import Actor
from incident_api.rules import publishing as rules
from incident_api.rules.published import PublishRules
from incident_api.runtime import Runtime
from khien.certificates import Kind, Peer
from khien.deny_list import DenyList
from khien.errors import KhienError
from khien.listener import peer_of

#: 500 alerts with their sample events; a batch of ours has a tenth of it.
BATCH_BYTES = 32 << 20

router = APIRouter(prefix="/internal/v1")


def component(request: Request, runtime: RuntimeOf) -> Peer:
    """A part of the platform that is allowed to call; revocation counts at the next request."""
    peer = peer_of(request.scope)
    if peer is None or peer.kind is not Kind.COMPONENT or peer.name not in runtime.settings.components:
        raise KhienError("internal.unknown_component")
    if peer.city != runtime.settings.city or _deny_list(runtime).contains(peer.serial):
        raise KhienError("internal.unknown_component")
    return peer


ComponentOf = Annotated[Peer, Depends(component)]


@router.post("/alerts")
def post_alerts(body: AlertBatch, peer: ComponentOf, runtime: RuntimeOf) -> AlertBatchAnswer:
    """Take alerts in; the same call twice changes nothing."""
    return AlertBatchAnswer(results=intake.take_in(runtime, alerts=body.alerts, actor=Actor.component(peer.name)))


@router.get("/inventory")
def read_inventory(_peer: ComponentOf, runtime: RuntimeOf) -> InventoryAnswer:
    """Networks and assets, versioned by their hash."""
    return coordination.inventory(runtime)


@router.put("/ledger", status_code=204)
def put_ledger(body: PublishLedger, peer: ComponentOf, runtime: RuntimeOf, request: Request) -> None:
    """Publish what a stage counted."""
    size = int(request.headers.get("content-length", "0"))
    ledger.publish(runtime, component=peer.name, ledger=body.ledger, size_bytes=size)


@router.put("/held-back", status_code=204)
def put_held_back(body: PublishHeldBack, peer: ComponentOf, runtime: RuntimeOf) -> None:
    """Publish what detection holds back."""
    held_back.publish(runtime, component=peer.name, body=body)


@router.put("/condition")
def put_condition(body: PublishCondition, peer: ComponentOf, runtime: RuntimeOf) -> ConditionAnswer:
    """Say that one lives and what is wrong; the answer says which rules this API knows of."""
    conditions.publish(runtime, component=peer.name, body=body)
    return ConditionAnswer(rules=rules.digest_of(runtime, peer.name))


@router.put("/rules", status_code=204)
def put_rules(body: PublishRules, peer: ComponentOf, runtime: RuntimeOf) -> None:
    """Publish the rules in force, and those that are not."""
    rules.publish(runtime, component=peer.name, body=body)


def create_internal_application(runtime: Runtime) -> FastAPI:
    """The internal application."""
    application = FastAPI(title="Khiên internal API", docs_url=None, redoc_url=None, openapi_url=None)
    application.state.runtime = runtime
    problems.install(application)
    application.include_router(router)
    application.add_middleware(BodyLimit, limit=BATCH_BYTES)
    return application


def _deny_list(runtime: Runtime) -> DenyList:
    return DenyList(runtime.settings.home.certificates / "revoked.txt")
