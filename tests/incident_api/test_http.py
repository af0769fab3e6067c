"""What every answer carries, and what happens to requests that are none."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from incident_api.ledger import service
from incident_api.runtime import Runtime
from khien.errors import registry
from tests.incident_api.city import PASSWORD, START_US, Page, alert, city, post

ANALYST = "irt.analyst.2"


def test_every_answer_carries_the_security_headers(runtime: Runtime) -> None:
    page = Page(runtime, None)
    for answer in (page.get("/health"), page.get("/alerts"), page.get("//"), page.get("//no/such/file.js"), page.log_in("x", "y")):
        policy = answer.headers["content-security-policy"]
        for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert directive in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        assert "access-control-allow-origin" not in answer.headers
    assert page.get("/alerts").headers["cache-control"] == "no-store"


def test_the_page_is_rendered_with_the_nonce_of_its_own_answer(tmp_path: Path) -> None:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(
        '<html><meta name="csp-nonce" content="__CSP_NONCE__"><script nonce="__CSP_NONCE__">', "utf-8"
    )
    (built / "assets" / "a-1234.js").write_text("1", "utf-8")
    (built / "khien.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "secret.txt").write_text("hush-hush", "utf-8")
    with city(tmp_path, page_folder=built) as runtime:
        page = Page(runtime, None)
        first, second = page.get("//"), page.get("//alerts/0123456789abcdef")
        nonces = []
        for answer in (first, second):
            found = re.search(r"style-src 'self' 'nonce-([^']+)'", answer.headers["content-security-policy"])
            assert found is not None
            nonces.append(found[1])
            assert answer.text.count(found[1]) == 2
            assert "__CSP_NONCE__" not in answer.text
        assert nonces[0] != nonces[1]
        assert "immutable" in page.get("//assets/a-1234.js").headers["cache-control"]
        assert page.get("//khien.svg").text == "<svg/>"
        assert page.get("//assets/none.js").status_code == 404
        for path in ("//..%2fsecret.txt", "//%2e%2e/secret.txt", "//assets/..%2f..%2fsecret.txt"):
            assert "hush-hush" not in page.get(path).text


def test_without_a_built_page_the_answer_says_how_to_build_it(runtime: Runtime) -> None:
    answer = Page(runtime, None).get("//")
    assert answer.status_code == 503
    assert "make web" in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b"[" * 100_000, 400),
        (b'{"account": "a", "password": "\xff"}', 400),
        (b'{"account": 1e400, "password": "b"}', 422),
        (b'{"account": "a", "password": "b", "role": "auditor"}', 422),
        (b'{"account": "a\\u0000", "password": "b"}', 422),
        (b'{"account": "a", "password": "b\\u0000"}', 422),
        (b'{"account": "\\ud800", "password": "b"}', 422),
        (b'{"account": "a", "password": "' + b"x" * (1 << 20) + b'"}', 413),
    ],
)
def test_a_hostile_body_is_one_problem_with_a_code(runtime: Runtime, body: bytes, status: int) -> None:
    page = Page(runtime, None)
    answer = page.request("POST", "/session", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] in registry()
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["text"]["vi"] != problem["text"]["en"]
    assert "Traceback" not in answer.text


def test_a_body_that_hides_its_length_ends_at_the_limit(runtime: Runtime) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65_536

    page = Page(runtime, None)
    answer = page.request("POST", "/session", content=endless(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_what_was_typed_is_not_repeated_in_an_error(runtime: Runtime) -> None:
    answer = Page(runtime, None).request("POST", "/session", json={"account": "a", "password": PASSWORD, "extra": PASSWORD})
    assert PASSWORD not in answer.text


def test_a_path_that_does_not_exist_is_a_problem_and_not_the_page(runtime: Runtime) -> None:
    answer = Page(runtime, ANALYST).get("/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "request.no_such_path")
    wrong = Page(runtime, ANALYST).request("PATCH", "/alerts")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "request.no_such_method")


def test_a_defect_of_ours_shows_no_trace(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_runtime: Runtime) -> None:
        raise ZeroDivisionError("a secret detail")

    page = Page(runtime, ANALYST)
    monkeypatch.setattr(service, "current", broken)
    answer = page.get("/ledger")
    assert (answer.status_code, answer.json()["code"]) == (500, "request.defect")
    assert "secret detail" not in answer.text


@pytest.mark.parametrize("path", ["//" + "a" * 300 + ".png", "//assets/" + "a" * 300 + ".js"])
def test_a_name_longer_than_the_file_system_has_is_not_found(tmp_path: Path, path: str) -> None:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<html>", "utf-8")
    with city(tmp_path, page_folder=built) as runtime:
        answer = Page(runtime, None).get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "request.no_such_path")


NUL_IN_ADDRESS = (
    "//%00.png",
    "/groups/0123456789abcde%00",
    "/alerts/%00",
    "/audit?object=group/%00",
    *(f"/alerts?{name}=%00" for name in ("dataset", "rule", "asset", "unit", "assignee", "q", "after")),
)


@pytest.mark.parametrize("path", NUL_IN_ADDRESS)
def test_a_nul_in_an_address_is_refused_before_any_route(runtime: Runtime, path: str) -> None:
    answer = Page(runtime, ANALYST).get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert answer.json()["params"]["reason"] == "U+0000"


def test_a_nul_in_any_text_of_a_body_is_refused(runtime: Runtime) -> None:
    page = Page(runtime, ANALYST)
    group = "/groups/0123456789abcdef"
    for path, body in (
        (f"{group}/note", {"text": "a\x00"}),
        (f"{group}/hand-over", {"version": 1, "to": "a\x00", "reason": "b"}),
        (f"{group}/hand-over", {"version": 1, "to": "a", "reason": "\x00b"}),
        (f"{group}/close", {"version": 1, "verdict": "true", "note": "\x00"}),
        ("/alerts/bulk", {"action": "take", "selection": {"ids": ["\x00"]}}),
        ("/alerts/bulk", {"action": "take", "selection": {"query": {"asset": "a\x00"}}}),
        ("/alerts/bulk", {"action": "take", "selection": {"\x00": 1}}),
    ):
        answer = page.post(path, body)
        assert (answer.status_code, answer.json()["params"]) == (422, {"place": "body", "reason": "U+0000"}), body


@pytest.mark.parametrize("number", [2**53, 2**63, 10**30])
def test_a_number_that_no_column_holds_is_refused(runtime: Runtime, number: int) -> None:
    page = Page(runtime, ANALYST)
    for path in (f"/alerts?since_us={number}", f"/alerts?until_us={number}", f"/duty?at_us={number}"):
        assert page.get(path).json()["code"] == "request.invalid"
    for act, body in (("take", {}), ("hand-over", {"reason": "b"}), ("close", {"verdict": "true"}), ("undo", {})):
        answer = page.post(f"/groups/0123456789abcdef/{act}", {"version": number, **body})
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


@pytest.mark.parametrize("seq", ["9223372036854775808", str(10**30)])
def test_a_cursor_beyond_every_column_is_none(runtime: Runtime, seq: str) -> None:
    page = Page(runtime, ANALYST)
    post(runtime, alert(1))
    group = page.rows()[0]["id"]
    of_alerts = base64.urlsafe_b64encode(f"{seq} 00".encode()).decode()
    with_nul = base64.urlsafe_b64encode(b"1 a\x00").decode()
    of_queue = base64.urlsafe_b64encode(b'["newest", 1, "a\\u0000"]').decode()
    for path in (
        f"/audit?after={seq}",
        f"/groups/{group}/alerts?after={of_alerts}",
        f"/groups/{group}/alerts?after={with_nul}",
        f"/alerts?sort=newest&after={of_queue}",
    ):
        answer = page.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "request.bad_cursor"), path


@pytest.mark.parametrize("path", ["/groups/zzz", "/groups/0123456789ABCDEF", "/groups/zzz/alerts", "/alerts/1"])
def test_a_name_that_nothing_has_is_not_found_in_words(runtime: Runtime, path: str) -> None:
    answer = Page(runtime, ANALYST).get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "alert.not_found")
    assert answer.json()["text"]["vi"] == f"Không tìm thấy `{path.split('/')[2]}`"
    assert Page(runtime, None).get(path).status_code == 401


def test_acting_on_a_name_that_nothing_has_is_not_found_either(runtime: Runtime) -> None:
    for path in ("/groups/zzz/take", "/alerts/bulk/zzz"):
        answer = Page(runtime, ANALYST).post(path, {"version": 1})
        assert (answer.status_code, answer.json()["code"]) == (404, "alert.not_found")


OUT_OF_RANGE = ("/alerts?limit=0", "/alerts?limit=201", "/alerts?tab=x")


@pytest.mark.parametrize("path", OUT_OF_RANGE)
def test_a_parameter_out_of_range_is_refused(runtime: Runtime, path: str) -> None:
    assert Page(runtime, ANALYST).get(path).status_code == 422


def test_who_is_on_duty_is_told_for_any_time(runtime: Runtime) -> None:
    answer = Page(runtime, ANALYST).get("/duty", at_us=START_US).json()
    assert {(each["person"]["id"], each["layer"]) for each in answer["now"] if each["role"] == "irt.analyst"} == {
        ("irt.analyst.2", "analyst-web"),
        ("irt.analyst.5", "analyst-mail"),
        ("irt.analyst.3", "analyst-web-standby"),
        ("irt.analyst.6", "analyst-mail-standby"),
    }
