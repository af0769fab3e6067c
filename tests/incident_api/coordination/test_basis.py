"""Every obligation says on what it stands, in the form that belongs to its status (coordination design, section 13)."""

from __future__ import annotations

import pytest

from incident_api.coordination.policy import policy_of
from khien.errors import KhienError
from tests.incident_api.coordination.city_rules import COORDINATION, document, policy

ASSUMED = "Căn cứ: giả định nội bộ, chưa có văn bản quy định"


def test_the_four_forms_are_those_of_the_design() -> None:
    rules = policy().obligations
    assert policy().basis_text(rules.rule("PN")).vi.startswith("Căn cứ: khoản 1 Điều 23 Luật Bảo vệ dữ liệu cá nhân")
    assert policy().basis_text(rules.rule("AT")).vi == (
        "Căn cứ: điểm d khoản 2 Điều 31 Nghị định 331/2026/NĐ-CP; mốc 15 phút do quy chế tự đặt"
    )
    assert policy().basis_text(rules.rule("WR")).vi.startswith(ASSUMED)
    legacy = policy("vn-2017")
    assert legacy.bases["L01"].text.vi == "Căn cứ: Thông tư 20/2017/TT-BTTTT (hết cơ sở pháp lý, hồ sơ vn-2017)"


@pytest.mark.parametrize("name", ["vn-2026", "vn-2017"])
def test_no_obligation_is_without_a_text_and_no_assumption_looks_like_law(name: str) -> None:
    made = policy(name)
    for rule in made.obligations.rules:
        text, status = made.basis_text(rule), made.status_of(rule)
        assert text.vi.startswith("Căn cứ: "), rule.code
        assert text.en.startswith("Basis: "), rule.code
        assert text.vi.startswith(ASSUMED) == (status == "A"), rule.code
        assert text.vi.endswith("do quy chế tự đặt") == (rule.own is not None), rule.code
        assert status != "S/A" or rule.own is not None, rule.code
        assert ("hết cơ sở pháp lý" in text.vi) == (status == "L"), rule.code


@pytest.mark.parametrize(
    ("basis", "status", "vi"),
    [
        ("A05", "A", "Căn cứ: Nghị định 331/2026/NĐ-CP"),
        ("B01", "S", "giả định nội bộ"),
        ("B01", "S", ASSUMED),
        ("L01", "L", "Căn cứ: Thông tư 20/2017/TT-BTTTT"),
        ("B01", "S", ""),
    ],
)
def test_a_basis_whose_text_says_something_else_than_its_status_is_refused(basis: str, status: str, vi: str) -> None:
    made = document()
    made["basis"][basis] = {"status": status, "text": {"vi": vi, "en": made["basis"][basis]["text"]["en"]}}
    with pytest.raises(KhienError) as caught:
        policy_of(made, path=COORDINATION)
    assert (caught.value.code, f"bases/{basis}" in str(caught.value.params["place"])) == ("policy.invalid", True)
