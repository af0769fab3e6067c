"""No text above a recipient's ceiling leaves, over every recipient and marking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_api.coordination.sharing import TLP_ORDER, Item, pseudonym, share
from khien.errors import KhienError
from tests.incident_api.coordination.city_rules import policy

RULES = policy().sharing
KEY = b"key of one recipient"


@given(
    st.sampled_from(sorted(RULES.recipients)),
    st.lists(st.tuples(st.sampled_from([*TLP_ORDER, "WHITE", "", "amber"]), st.text(max_size=40)), max_size=6),
)
def test_what_leaves_and_what_is_withheld_are_everything_and_nothing_is_above(recipient: str, rows: list[tuple[str, str]]) -> None:
    items = [Item(str(number), tlp, text) for number, (tlp, text) in enumerate(rows)]
    found = share(RULES, items, recipient=recipient, key=KEY)
    assert sorted([each.id for each in found.items] + [each.id for each in found.withheld]) == sorted(each.id for each in items)
    ceiling = TLP_ORDER.index(RULES.recipients[recipient].tlp)
    assert all(each.tlp in TLP_ORDER and TLP_ORDER.index(each.tlp) <= ceiling for each in found.items)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.sampled_from(["{}", "CCCD {}.", "số:{};", "({})", "a {} b {}"]))
def test_a_citizen_id_never_leaves_to_a_unit(number: str, frame: str) -> None:
    text = frame.replace("{}", number)
    found = share(RULES, [Item("1", "AMBER", text)], recipient="affected_unit", key=KEY)
    assert number not in found.items[0].text
    assert sum(each.count for each in found.masked) == frame.count("{}")


@given(st.binary(min_size=16, max_size=16))
def test_a_pseudonym_is_nothing_that_another_mask_takes_for_a_number(key: bytes) -> None:
    found = share(RULES, [Item("1", "AMBER", "CCCD 079123456789")], recipient="affected_unit", key=key)
    assert sum(each.count for each in found.masked) == 1
    assert not any(each.isdigit() for each in found.items[0].text)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("gọi 0912 345 678 gấp", "0912 345 678"),
        ("gọi +84912345678", "+84912345678"),
        ("CMND 362123456.", "362123456"),
        ("thư của nguyen.van.a@bensen.example", "nguyen.van.a"),
    ],
)
def test_people_are_masked_for_partners(text: str, hidden: str) -> None:
    found = share(RULES, [Item("1", "AMBER", text)], recipient="partner", key=KEY)
    assert hidden not in found.items[0].text


@pytest.mark.parametrize("text", ["10.10.30.128", "sha256 00112233445566778899aabbccddeeff", "lúc 20261110090000 giờ", "cổng 443"])
def test_addresses_hashes_and_times_stay_readable(text: str) -> None:
    found = share(RULES, [Item("1", "AMBER", text)], recipient="affected_unit", key=KEY)
    assert found.items[0].text == text


def test_internal_names_are_hidden_from_other_units_whole_and_whatever_their_case() -> None:
    names = ("web-01", "web-01.bensen.example")
    text = "WEB-01.bensen.example gửi tới web-011 và web-01."
    found = share(RULES, [Item("1", "GREEN", text)], recipient="other_unit", key=KEY, internal_names=names)
    assert "web-01." not in found.items[0].text.lower().replace("web-011", "")
    assert "web-011" in found.items[0].text


def test_pseudonyms_follow_a_value_for_one_recipient_and_not_across_two() -> None:
    assert pseudonym("phone", "0912345678", key=KEY) == pseudonym("phone", "0912345678", key=KEY)
    assert pseudonym("phone", "0912345678", key=KEY) != pseudonym("phone", "0912345678", key=b"another")


def test_who_is_not_named_gets_nothing() -> None:
    with pytest.raises(KhienError) as caught:
        share(RULES, [], recipient="press", key=KEY)
    assert caught.value.code == "sharing.unknown_recipient"
