"""Folding: what a person may type without marks finds what was written with them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khien.text import LONGEST_WORD, fold, normalise, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("sự cố", "su co"),
        ("Đà Nẵng", "da nang"),
        ("ĐÀ NẴNG", "da nang"),
        ("đường Nguyễn Văn Cừ", "duong nguyen van cu"),
        ("Ủy ban nhân dân phường Thạch Thang", "uy ban nhan dan phuong thach thang"),
        ("Tiếng Việt: ăâđêôơư ĂÂĐÊÔƠƯ", "tieng viet: aadeoou aadeoou"),
        ("quyết định", "quyet dinh"),
        ("plain ASCII 123", "plain ascii 123"),
        ("straße", "strasse"),
        ("日本", "日本"),
    ],
)
def test_vietnamese_folds_to_plain_letters(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_normal_form_folds_alike(form: str) -> None:
    assert fold(unicodedata.normalize(form, "Sự cố tại Đà Nẵng")) == "su co tai da nang"  # type: ignore[arg-type]


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


def test_words_are_letters_and_digits_and_are_cut() -> None:
    assert words("a_b-c.d/e:f 10.0.0.5") == ["a", "b", "c", "d", "e", "f", "10", "0", "0", "5"]
    assert [len(word) for word in words("x" * 300)] == [LONGEST_WORD]
    assert words("— … ''") == []


def test_normalise_gives_nfc() -> None:
    assert normalise("Đa\u0300") == "Đà"
