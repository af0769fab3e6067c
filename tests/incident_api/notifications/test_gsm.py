"""Short messages as the specification writes them; vectors from published examples of PDUs."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_api.notifications.channels import gsm
from incident_api.notifications.numbers import normal


def test_the_published_example_of_a_message_to_send() -> None:
    """`0011000B916407281553F80000AA0AE8329BFD4697D9EC37`, 23 octets; our validity is a day (A7) instead of four (AA)."""
    pdu, length = gsm.submit("+46708251358", "hellohello", gsm=True)
    assert (pdu, length) == ("0011000B916407281553F80000A70AE8329BFD4697D9EC37", 23)


def test_the_published_example_of_a_message_that_came_in() -> None:
    found = gsm.delivered("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")
    assert (found.number, found.text) == ("27838890001", "hellohello")


@pytest.mark.parametrize(
    ("text", "is_gsm", "parts"),
    [
        ("a" * 160, True, [160]),
        ("a" * 161, True, [153, 8]),
        ("[" * 80, True, [80]),
        ("[" * 81, True, [76, 5]),
        ("ạ" * 70, False, [70]),
        ("ạ" * 71, False, [67, 4]),
        ("😀" * 35, False, [35]),
        ("😀" * 36, False, [33, 3]),
    ],
)
def test_parts_are_as_long_as_the_specification_allows(text: str, is_gsm: bool, parts: list[int]) -> None:  # noqa: FBT001
    cut = gsm.cut(text, most=3)
    assert (cut.is_gsm, [len(part) for part in cut.texts]) == (is_gsm, parts)
    assert "".join(cut.texts) == text


def test_what_does_not_fit_says_so() -> None:
    cut = gsm.cut("a" * 1000, most=2)
    assert [len(part) for part in cut.texts] == [153, 153]
    assert cut.texts[1].endswith("a...")


def test_vietnamese_without_its_letters_is_one_message_of_the_gsm_alphabet() -> None:
    text = "Khiên: cảnh báo 17 (nghiêm trọng) giao đ/c: Dò mật khẩu. Tiếp nhận trước 23/11/2026 09:05."
    bare = gsm.without_accents(text)
    assert bare == "Khien: canh bao 17 (nghiem trong) giao d/c: Do mat khau. Tiep nhan truoc 23/11/2026 09:05."
    assert gsm.is_gsm(bare)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.integers(1, 4))
def test_any_text_is_cut_into_parts_that_fit(text: str, most: int) -> None:
    for candidate in (text, gsm.without_accents(text)):
        cut = gsm.cut(candidate, most=most)
        assert len(cut.texts) <= most
        for place, part in enumerate(cut.texts, 1):
            of = (1, place, len(cut.texts)) if len(cut.texts) > 1 else None
            pdu, length = gsm.submit("+84912345678", part, gsm=cut.is_gsm, part=of)
            assert len(pdu) == 2 * (length + 1)
            # User data is at most 140 octets (TS 23.040, section 9.2.3.16).
            assert length <= 1 + 1 + 8 + 2 + 1 + 1 + 140


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60))
def test_what_is_written_is_read_again(text: str) -> None:
    pdu = gsm.report_pdu("+84912345678", text, at=dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC))
    found = gsm.delivered(pdu)
    assert (found.number, found.text) == ("+84912345678", text)


@given(st.binary(max_size=200))
def test_a_pdu_that_is_none_is_a_value_error_and_nothing_else(raw: bytes) -> None:
    try:
        gsm.delivered(raw.hex())
    except ValueError:
        return


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0912 345 678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("+84 (91) 234-5678", "+84912345678"),
        ("0084912345678", "+84912345678"),
        ('+84912345678";AT+CMGD=1', None),
        ("Viettel", None),
        ("", None),
    ],
)
def test_numbers_are_e164_or_nothing(written: str, expected: str | None) -> None:
    assert normal(written) == expected
