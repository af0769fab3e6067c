"""What the correlator tells of its rules is every document of its folders, each once, and is sent only when it differs."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson

from correlator.catalogue import ALL_TEXT, LARGEST_TEXT, catalogue
from correlator.compiler.ruleset import compile_folders
from correlator.ledger_feed import ConditionFeed
from incident_api.rules.published import PublishRules

_PLAIN = """title: Plain {number}
id: 0000000{number}-0000-4000-8000-000000000000
level: low
logsource: {{category: webserver}}
detection:
  selection: {{url.path: /{number}}}
  condition: selection
"""
OWN = Path(__file__).resolve().parents[2] / "rules"


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder


def states(folder: Path, *more: Path) -> dict[str, str]:
    found = catalogue(compile_folders([folder, *more]), [folder, *more])
    PublishRules.model_validate(found)
    return {one["location"]: one["state"] for one in found["rules"]}


def test_our_own_pack_is_told_whole_and_the_incident_api_understands_it() -> None:
    rules = compile_folders([OWN / "web"])
    body = PublishRules.model_validate(catalogue(rules, [OWN / "web"]))
    assert len(body.rules) == rules.documents
    assert all(one.file is not None and body.files[one.file].text and body.files[one.file].cases for one in body.rules)
    assert sum(one.state == "rejected" for one in body.rules) == len(rules.rejections)


def test_documents_of_one_file_are_told_apart_and_one_that_is_switched_off_among_them_too(tmp_path: Path) -> None:
    several = "---\n".join([_PLAIN.format(number=1), _PLAIN.format(number=2) + "status: deprecated\n", _PLAIN.format(number=3)])
    found = states(write(tmp_path / "a", several=several))
    assert sorted(found.values()) == ["disabled", "running", "running"]


def test_a_broken_file_is_told_beside_its_old_version_that_runs_on(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", one=_PLAIN.format(number=1), two=_PLAIN.format(number=2))
    before = compile_folders([folder])
    write(folder, two="title: [")
    after = compile_folders([folder], previous=before)
    assert sorted(one["state"] for one in catalogue(after, [folder])["rules"]) == ["kept", "rejected", "running"]


def test_files_of_one_name_in_two_packs_keep_their_texts(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a", x=_PLAIN.format(number=1)), write(tmp_path / "b", x=_PLAIN.format(number=2))
    found = catalogue(compile_folders([first, second]), [first, second])
    assert {found["packs"][one["pack"]]["name"]: one["text"] for one in found["files"]} == {
        "a": _PLAIN.format(number=1),
        "b": _PLAIN.format(number=2),
    }


def test_a_text_that_is_too_long_is_left_out_and_its_rule_is_not(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", long=_PLAIN.format(number=1) + "#" * LARGEST_TEXT, short=_PLAIN.format(number=2))
    found = catalogue(compile_folders([folder]), [folder])
    assert {one["path"]: one["text"] is None for one in found["files"]} == {"long.yml": True, "short.yml": False}
    assert len(found["rules"]) == 2
    assert LARGEST_TEXT < ALL_TEXT


def test_the_same_folders_have_the_same_digest_and_a_changed_comment_another(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", x=_PLAIN.format(number=1))
    first = catalogue(compile_folders([folder]), [folder])["digest"]
    assert catalogue(compile_folders([folder]), [folder])["digest"] == first
    write(folder, x=_PLAIN.format(number=1) + "# why\n")
    assert catalogue(compile_folders([folder]), [folder])["digest"] != first


def test_a_sign_of_life_is_sent_each_time_and_its_answer_says_what_is_known() -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        if request.url.path.endswith("/rules"):
            return httpx.Response(204)
        return httpx.Response(200, content=orjson.dumps({"rules": "a" * 64}))

    feed = ConditionFeed("https://api", identity=None, transport=httpx.MockTransport(answer))
    assert [feed.tell({"faults": []}), feed.tell({"faults": []})] == ["a" * 64] * 2
    feed.tell_rules({"digest": "b" * 64})
    feed.close()
    assert sent == ["/internal/v1/condition"] * 2 + ["/internal/v1/rules"]
