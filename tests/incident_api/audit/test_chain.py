"""The hash chain: every kind of tampering is found, and the first bad record is named."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import text

from incident_api.audit.chain import GENESIS, Link, verify_chain
from incident_api.audit.service import verify
from incident_api.coordination.canonical import sha256_of
from incident_api.runtime import Runtime
from tests.incident_api.city import Page, alert, post


def chain(length: int) -> list[tuple[Link, str]]:
    """An independent builder of a chain."""
    records: list[tuple[Link, str]] = []
    prev = GENESIS
    for seq in range(1, length + 1):
        after = {"n": seq}
        link = Link(
            seq=seq,
            at_us=seq,
            stream="global",
            actor="a",
            capacity="responder",
            home="tt-dl",
            act="alert.take",
            object="group/1",
            before=None,
            after=after,
            after_sha256=sha256_of(after),
            reason=None,
            policy_version=None,
            prev=prev,
        )
        prev = link.hash
        records.append((link, prev))
    return records


def test_a_whole_chain_is_whole_and_its_head_is_the_last_hash() -> None:
    records = chain(5)
    verdict = verify_chain(records)
    assert (verdict.is_whole, verdict.records, verdict.head) == (True, 5, records[-1][1])


def test_the_hash_is_sha256_of_the_canonical_record() -> None:
    """Computed with printf and sha256sum over the RFC 8785 text written out by hand."""
    link = chain(1)[0][0]
    by_hand = (
        '{"act":"alert.take","actor":"a","after_sha256":"'
        + hashlib.sha256(b'{"n":1}').hexdigest()
        + '","at":"1","before":null,"capacity":"responder","home":"tt-dl","object":"group/1","policy_version":null,"prev":"'
        + "0" * 64
        + '","reason":null,"seq":1,"stream":"global"}'
    )
    assert link.hash == hashlib.sha256(by_hand.encode()).hexdigest()


def test_a_removed_record_is_named() -> None:
    records = chain(6)
    del records[2]
    assert (verify_chain(records).first_bad, verify_chain(records).fault) == (3, "number_missing")


def test_a_cut_tail_is_found_with_the_head_that_was_kept() -> None:
    records = chain(6)
    head = (6, records[-1][1])
    assert verify_chain(records[:4]).is_whole
    assert verify_chain(records[:4], expected_head=head).fault == "tail_missing"


EDITS = {
    "actor": "UPDATE audit SET actor = 'irt.leader' WHERE seq = :seq",
    "reason": "UPDATE audit SET reason = 'khác' WHERE seq = :seq",
    "time": "UPDATE audit SET at_us = at_us + 1 WHERE seq = :seq",
    "policy": "UPDATE audit SET policy_version = 'vn-2017' WHERE seq = :seq",
    "content": """UPDATE audit SET "after" = '{"state":"closed"}' WHERE seq = :seq""",
    "hash": "UPDATE audit SET hash = prev WHERE seq = :seq",
    "removal": "DELETE FROM audit WHERE seq = :seq",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_behind_our_back_is_found_at_its_record(runtime: Runtime, edit: str) -> None:
    post(runtime, alert(1), alert(2, rule="b"))
    page = Page(runtime, "irt.analyst.2")
    page.act(page.rows()[0]["id"], "take")
    assert verify(runtime).is_whole
    with runtime.database.write() as session:
        session.execute(text(EDITS[edit]), {"seq": 3})
    assert verify(runtime).first_bad == 3


def test_removing_the_last_record_is_found(runtime: Runtime) -> None:
    post(runtime, alert(1))
    last = verify(runtime).records
    with runtime.database.write() as session:
        session.execute(text("DELETE FROM audit WHERE seq = :seq"), {"seq": last})
    assert (verify(runtime).first_bad, verify(runtime).fault) == (last, "tail_missing")


def test_the_history_of_one_object_is_in_order(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, "irt.analyst.2")
    group = page.rows()[0]["id"]
    page.act(group, "take")
    page.act(group, "close", verdict="true", note="Đã chặn địa chỉ nguồn")
    auditor = Page(runtime, "auditor")
    records = auditor.get("/audit", object=f"group/{group}").json()["records"]
    assert [each["act"] for each in records] == ["alert.close", "alert.take", "alert.create"]
    assert records[0]["reason"] == "Đã chặn địa chỉ nguồn"
    assert {each["policy_version"] for each in records} == {runtime.policy.label}
    first = auditor.get("/audit", object=f"group/{group}", limit=2).json()
    rest = auditor.get("/audit", object=f"group/{group}", limit=2, after=first["next"]).json()
    assert [each["seq"] for each in first["records"] + rest["records"]] == [each["seq"] for each in records]
