"""A small working incident API for tests: the example city, a clock in the hand, alerts to post."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI

from incident_api.alerts.intake import take_in
from incident_api.alerts.schemas import TriagePlace
from incident_api.application import create_application
from incident_api.http.identity import COOKIE
from incident_api.opening import opened
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor
from incident_api.people.service import add_user
from incident_api.runtime import EventReader, Runtime
from incident_api.sessions import passwords
from incident_api.sessions import service as sessions
from incident_api.sessions.models import SessionRow
from incident_api.settings import IncidentApiSettings
from khien.alert import Alert, AlertRule, Entity, EntityKind, EntityRole, Explanation, Group, Leaf, Level, Window
from khien.clock import ManualClock, parse_utc
from khien.home import Home

ROOT = Path(__file__).resolve().parents[2]
#: Monday 23/11/2026 09:00 in the city: a working hour; on duty are analysts 2 and 5, shift lead 2.
START_US = parse_utc("2026-11-23T02:00:00Z")
PASSWORD = "bảy con chim sẻ trên dây"
_UNLIMITED = 10**6
CORRELATOR = Actor.component("correlator")


def alert(  # noqa: PLR0913 - what tests vary
    number: int = 1,
    *,
    rule: str = "portal-sql-injection",
    level: Level = Level.HIGH,
    dataset: str = "live",
    asset: str | None = "cong-tt",
    unit: str | None = "vp-ubnd",
    source: str = "198.51.100.99",
    target: str = "10.10.10.10",
    tags: tuple[str, ...] = ("attack.t1190",),
    skills: tuple[str, ...] = (),
    hits: int = 1,
    at_us: int = START_US,
    user: str | None = None,
) -> Alert:
    """An alert as the correlator makes them; `number` makes the id."""
    entities = [
        Entity(kind=EntityKind.IP, value=source, role=EntityRole.SOURCE),
        Entity(kind=EntityKind.IP, value=target, role=EntityRole.TARGET),
    ]
    if user is not None:
        entities.append(Entity(kind=EntityKind.USER, value=user, role=EntityRole.TARGET))
    return Alert(
        id=hashlib.sha256(f"{rule} {dataset} {number}".encode()).hexdigest()[:32],
        dataset=dataset,
        rule=AlertRule(
            id=rule,
            version="1",
            name=rule,
            title={"en": f"Title of {rule}", "vi": f"Tấn công vào cổng: {rule}"},
            description={"en": "What it means", "vi": "Ý nghĩa"},
            level=level,
            tags=tags,
            skills=skills,
        ),
        severity=level.severity,
        group=Group(fields=("source.ip",), values=(source,)),
        window=Window(start_us=at_us, end_us=at_us),
        first_us=at_us,
        last_us=at_us + hits - 1,
        hits=hits,
        event_ids=(f"gateway-1-{number}",),
        event_count=hits,
        entities=tuple(entities),
        assets=(asset,) if asset else (),
        units=(unit,) if unit else (),
        sensors=("gateway",),
        complete=True,
        explanation=Explanation(
            kind="event",
            condition="selection",
            leaves=(Leaf(selection="selection", field="url.query", expected="*union*", actual="id=1 union select"),),
        ),
    )


def settings_in(folder: Path, *, database_url: str | None = None, page_folder: Path | None = None) -> IncidentApiSettings:
    """The example city, with its folders copied so that a test may damage them."""
    for name in ("vn-2026", "example"):
        if not (folder / name).exists():
            shutil.copytree(ROOT / "coordination" / name, folder / name)
    return IncidentApiSettings(
        home=Home(folder / "home"),
        policy_folder=folder / "vn-2026",
        organisation_folder=folder / "example",
        database_url=database_url,
        page_folder=page_folder,
        # Tests call faster than anybody; the limits have tests of their own.
        requests_a_minute=_UNLIMITED,
        changes_a_minute=_UNLIMITED,
    )


@contextmanager
def city(
    folder: Path,
    *,
    clock: ManualClock | None = None,
    database_url: str | None = None,
    events: EventReader | None = None,
    page_folder: Path | None = None,
    log_ins: bool = True,
) -> Iterator[Runtime]:
    """The runtime of the example city in which everybody has a log-in."""
    settings = settings_in(folder, database_url=database_url, page_folder=page_folder)
    is_plain = log_ins and database_url is None
    state = settings.home.incident_api / "state.db"
    if is_plain and _template and not state.exists():
        state.parent.mkdir(parents=True)
        state.write_bytes(_template[0])
    with opened(settings, clock=clock or ManualClock(START_US), events=events) as runtime:
        if log_ins:
            give_log_ins(runtime)
        yield runtime
        _own.pop(id(runtime), None)


#: The store of the example city right after its first start, so that only the first test pays for the migrations.
_template: list[bytes] = []
_shared: dict[object, FastAPI] = {}
_own: dict[int, FastAPI] = {}


def keep_template(folder: Path) -> None:
    """Make it."""
    if not _template:
        with city(folder) as runtime:
            state = runtime.settings.home.incident_api / "state.db"
        _template.append(state.read_bytes())


def _application(runtime: Runtime) -> FastAPI:
    """The application that serves this runtime from now on; building the routes takes longer than most tests, so cities share it.

    What it keeps of its own is the pages it serves and the counts of the rate limit: a city with limits of its own shares nothing.
    """
    settings = runtime.settings
    if settings.requests_a_minute != _UNLIMITED or settings.changes_a_minute != _UNLIMITED:
        if id(runtime) not in _own:
            _own[id(runtime)] = create_application(runtime)
        return _own[id(runtime)]
    key = (settings.page_folder, settings.origins)
    if key not in _shared:
        _shared[key] = create_application(runtime)
    _shared[key].state.runtime = runtime
    return _shared[key]


_encoded: list[str] = []


def give_log_ins(runtime: Runtime) -> None:
    """The same password for everybody, computed once: argon2 is slow on purpose."""
    if not _encoded:
        _encoded.append(passwords.encode(PASSWORD))
    with runtime.database.write() as session:
        for person in runtime.organisation.people:
            session.get_one(PersonRow, person).password_hash = _encoded[0]


def add_person(runtime: Runtime, account: str, *, role: str, home: str) -> None:
    """Somebody with one role, without the slow password."""
    with runtime.database.write() as session:
        session.add(
            PersonRow(
                id=account,
                name_vi=account,
                name_en=account,
                roles=[role],
                home=home,
                skills=[],
                desk=[],
                identities=[],
                clearance="AMBER+STRICT",
                language="vi",
                is_active=True,
                password_hash=_encoded[0],
                source="local",
                last_assigned_us=0,
            )
        )


def post(runtime: Runtime, *alerts: Alert) -> list[TriagePlace]:
    """As the correlator posts them."""
    return take_in(runtime, alerts=alerts, actor=CORRELATOR)


class Page:
    """A browser that is logged in: keeps the cookie and sends the CSRF token."""

    def __init__(
        self, runtime: Runtime, account: str | None, *, address: str = "192.0.2.10", proven: bool = True, token: str | None = None
    ) -> None:
        self._runtime = runtime
        transport = httpx.ASGITransport(self._serve, client=(address, 40_000), raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="https://khien.test")
        self.cookies = self._client.cookies
        self.headers: dict[str, str] = {}
        self._proven: tuple[Runtime, str] | None = None
        if account is not None:
            self._open_session(runtime, account, proven=proven)
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        await _application(self._runtime)(scope, receive, send)

    def _open_session(self, runtime: Runtime, account: str, *, proven: bool) -> None:
        """As log-in does after the password was checked; argon2 is slow on purpose and has its own tests.

        `proven`: the second factor was given a moment ago and counts for as long as the test lasts, whatever its clock says.
        """
        now = runtime.clock.now_us()
        with runtime.database.write() as transaction:
            row = transaction.get_one(PersonRow, account)
            opened_session = sessions._open(transaction, row, now=now, old_token=None)
        if proven:
            self._proven = (runtime, opened_session.session.token_sha256)
        self.cookies.set(COOKIE, opened_session.token, domain="khien.test", path="/")
        self.headers["X-CSRF-Token"] = opened_session.session.csrf

    @staticmethod
    def _prove(runtime: Runtime, token_sha256: str) -> None:
        with runtime.database.write() as transaction:
            row = transaction.get(SessionRow, token_sha256)
            if row is not None:
                row.proven_us = runtime.clock.now_us()

    def log_in(self, account: str, password: str = PASSWORD) -> httpx.Response:
        """Try."""
        return self.request("POST", "/session", json={"account": account, "password": password})

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Read."""
        return self.request("GET", path, params=query or None)

    def post(self, path: str, body: object, *, key: str | None = None) -> httpx.Response:
        """Change."""
        return self.request("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **content: Any) -> httpx.Response:
        """Anything; paths outside the API begin with two slashes."""
        url = path[1:] if path.startswith("//") else f"/api/v1{path}"
        sent = self.headers | (headers or {})
        if method != "GET" and self._proven is not None:
            self._prove(*self._proven)
        with start_blocking_portal() as portal:
            answer: httpx.Response = portal.call(lambda: self._client.request(method, url, headers=sent, **content))
        return answer

    def send(self, case: Any) -> httpx.Response:
        """A request that schemathesis made up, with this session."""
        asked = case.as_transport_kwargs(base_url="https://khien.test")
        if self._proven is not None:
            self._prove(*self._proven)
        made_up = {name: value for name, value in dict(asked.get("headers") or {}).items() if name != "Authorization"}
        headers = {**made_up, **self.headers}
        content = {name: asked[name] for name in ("params", "json", "data", "content") if asked.get(name) is not None}
        if "data" in content:
            content["content"] = content.pop("data")
        with start_blocking_portal() as portal:
            answer: httpx.Response = portal.call(
                lambda: self._client.request(asked["method"], asked["url"], headers=headers, **content)
            )
        return answer

    def rows(self, **query: Any) -> list[dict[str, Any]]:
        """The queue."""
        answer = self.get("/alerts", **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["rows"]
        return found

    def detail(self, group: str) -> dict[str, Any]:
        """A group."""
        answer = self.get(f"/groups/{group}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def act(self, group: str, action: str, **body: Any) -> httpx.Response:
        """An act on the group as it stands now."""
        version = self.detail(group)["row"]["version"]
        return self.post(f"/groups/{group}/{action}", {"version": version, **body})


class Lines:
    """An event store with these lines."""

    def __init__(self, **lines: dict[str, Any]) -> None:
        self.lines = {name: json.dumps(line).encode() for name, line in lines.items()}

    def get_events(self, ids: Any, *, dataset: str | None = None) -> dict[str, bytes]:
        """What is there."""
        return {each: self.lines[each] for each in ids if each in self.lines and dataset is not None}


__all__ = [
    "PASSWORD",
    "START_US",
    "Lines",
    "Page",
    "add_person",
    "add_user",
    "alert",
    "city",
    "give_log_ins",
    "post",
    "settings_in",
]
