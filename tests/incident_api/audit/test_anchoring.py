"""The hourly checkpoint: made, copied outside, and never over a log that does not hold."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from incident_api.audit.anchoring import make_checkpoint, run
from incident_api.audit.checkpoints import Checkpoint
from incident_api.audit.copies import copy_to_elasticsearch, read_anchors
from incident_api.audit.service import report
from incident_api.audit.signing_key import key_file
from incident_api.audit.verification import Finding
from incident_api.runtime import Runtime
from khien.errors import KhienError
from khien.store.elasticsearch.gateway import Answer, NoAnswer
from tests.incident_api.city import Page, alert, post


def checkpoint(runtime: Runtime) -> Checkpoint:
    made = make_checkpoint(runtime, now_us=runtime.clock.now_us())
    assert made is not None
    return made


def copied(runtime: Runtime, folder: Path) -> Runtime:
    """With a folder outside."""
    folder.mkdir(exist_ok=True)
    runtime.settings = replace(runtime.settings, audit_copy=folder)
    return runtime


def test_checkpoints_cover_what_is_new_and_each_names_the_one_before(runtime: Runtime) -> None:
    post(runtime, alert(1))
    first = checkpoint(runtime)
    assert make_checkpoint(runtime, now_us=0) is None  # nothing new
    post(runtime, alert(2, rule="b"))
    second = checkpoint(runtime)
    assert (second.number, second.previous) == (2, first.sha256)
    found = report(runtime)
    assert (found.finding, found.checkpoints, found.anchored) == (None, 2, found.records)


def test_the_private_key_is_for_its_owner_alone_and_one_that_others_read_signs_nothing(runtime: Runtime) -> None:
    post(runtime, alert(1))
    checkpoint(runtime)
    path = key_file(runtime.settings.home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    post(runtime, alert(2, rule="b"))
    with pytest.raises(KhienError) as caught:
        checkpoint(runtime)
    assert caught.value.code == "audit.key_exposed"


def test_a_log_that_does_not_hold_is_not_signed(runtime: Runtime) -> None:
    post(runtime, alert(1))
    checkpoint(runtime)
    post(runtime, alert(2, rule="b"))
    with runtime.database.write() as session:
        last = session.execute(text("SELECT max(seq) FROM audit")).scalar_one()
        session.execute(text("UPDATE audit SET actor = 'x' WHERE seq = :seq"), {"seq": last})
    with pytest.raises(KhienError) as caught:
        checkpoint(runtime)
    assert (caught.value.code, caught.value.params["record"]) == ("audit.broken", last)


def test_peaks_that_were_changed_in_the_store_are_not_built_upon(runtime: Runtime) -> None:
    post(runtime, alert(1))
    checkpoint(runtime)
    with runtime.database.write() as session:
        session.execute(text("""UPDATE audit_checkpoints SET peaks = '[[1, "00"]]'"""))
    with pytest.raises(KhienError) as caught:
        make_checkpoint(runtime, now_us=0)
    assert caught.value.code == "audit.broken"


def test_copies_are_made_once_and_a_rewritten_store_is_found_by_them(runtime: Runtime, tmp_path: Path) -> None:
    copied(runtime, tmp_path / "outside")
    post(runtime, alert(1))
    assert "1 copied to the folder" in run(runtime, runtime.clock.now_us())
    assert run(runtime, runtime.clock.now_us()) == "nothing new; 0 copied to the folder"
    (anchor,) = read_anchors(tmp_path / "outside")
    # Somebody starts the log again from nothing: chain, head and checkpoints fit each other.
    with runtime.database.write() as session:
        session.execute(text("DELETE FROM audit_checkpoints"))
    found = Page(runtime, "auditor").get("/audit/verification").json()
    assert (found["whole"], found["bad_checkpoint"]) == (False, 1)
    assert found["fault"]["vi"] == "Thiếu điểm kiểm tra"
    post(runtime, alert(2, rule="b"))
    with pytest.raises(KhienError) as caught:
        run(runtime, runtime.clock.now_us())
    assert (caught.value.code, anchor.number) == ("audit.copy_differs", 1)


def test_a_copy_that_was_taken_away_is_named(runtime: Runtime, tmp_path: Path) -> None:
    copied(runtime, tmp_path / "outside")
    for number in (1, 2):
        post(runtime, alert(number, rule=f"r{number}"))
        run(runtime, runtime.clock.now_us())
    (tmp_path / "outside" / "checkpoint-000000001.json").unlink()
    assert report(runtime).finding == Finding("anchor_missing", checkpoint=1)


def test_a_folder_that_cannot_be_written_to_is_told(runtime: Runtime, tmp_path: Path) -> None:
    runtime.settings = replace(runtime.settings, audit_copy=tmp_path / "not-there")
    post(runtime, alert(1))
    with pytest.raises(KhienError) as caught:
        run(runtime, runtime.clock.now_us())
    assert caught.value.code == "audit.copy_failed"


class Documents:
    """An Elasticsearch as far as `_create` and `_doc` go; `is_down`: nobody answers."""

    def __init__(self, *, is_down: bool = False) -> None:
        self.stored: dict[str, Any] = {}
        self.is_down = is_down

    def request(self, method: str, path: str, *, body: object = None) -> Answer:
        """PUT /index/_create/ID is 201 once and then 409 (Elasticsearch, index API, `op_type=create`)."""
        if self.is_down:
            raise NoAnswer
        name = path.rpartition("/")[2]
        if method == "GET":
            found: Mapping[str, Any] = {"_source": self.stored[name]}
            return Answer(200, found)
        assert "/_create/" in path
        if name in self.stored:
            return Answer(409, {"error": {"type": "version_conflict_engine_exception", "reason": "document already exists"}})
        self.stored[name] = body
        return Answer(201, {})


def test_elasticsearch_keeps_the_first_copy_and_another_one_is_an_alarm(runtime: Runtime) -> None:
    post(runtime, alert(1))
    made, store = checkpoint(runtime), Documents()
    assert copy_to_elasticsearch(store, [made]) == 1
    assert copy_to_elasticsearch(store, [made]) == 0
    store.stored["1"] = {**store.stored["1"], "root": "0" * 64}
    with pytest.raises(KhienError) as caught:
        copy_to_elasticsearch(store, [made])
    assert caught.value.code == "audit.copy_differs"
    with pytest.raises(KhienError) as caught:
        copy_to_elasticsearch(Documents(is_down=True), [made])
    assert caught.value.code == "audit.copy_failed"


def test_the_records_of_an_incident_are_its_stream(runtime: Runtime) -> None:
    page = Page(runtime, "irt.shift_lead.2")
    number = page.post("/incidents", {"title": "Sự cố", "assets": ["cong-tt"]}).json()["row"]["id"]
    records = Page(runtime, "auditor").get("/audit", object=f"incident/{number}").json()["records"]
    assert {each["stream"] for each in records} == {f"incident/{number}"}
