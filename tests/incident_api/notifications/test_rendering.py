"""Every template × both languages × hostile values: nothing of a value does anything in the medium it lands in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_api.notifications import rendering, templates
from incident_api.notifications.channels import gsm

HOSTILE = {
    "header injection": "x\r\nBcc: enemy@evil.example",
    "newlines": "a\n\n--\nb\u2028c\u0085d",
    "control characters": "a\x00\x07\x1b[31m\x1ab",
    "direction": "\u202egnp.exe\u2066\u200f",
    "invisible": "a\u200bb\ufeffc\u2060d",
    "template": "{{ 7*7 }}{% for x in range(10**9) %}x{% endfor %}{{ ''.__class__.__mro__ }}",
    "link": "https://evil.example/?a=b",
    "markup": "<script>alert(1)</script>",
    "long": "ạ" * 100_000,
    "syslog": '"] \\" evil=[',
    "modem": "x\x1a\rAT+CMGD=1,4\r",
}


@pytest.mark.parametrize("name", templates.names())
@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_a_hostile_value_is_only_text(name: str, kind: str) -> None:
    value = HOSTILE[kind]
    values = dict.fromkeys(templates.needed(name), value)
    for language in templates.LANGUAGES:
        for part in templates.BLOCKS:
            text = rendering.block(name, language, part, values, city=value)
            lines = text.split("\n")
            assert all(each.isprintable() for each in lines), (language, part)
            assert part == "text" or len(lines) == 1
            assert "://" not in text
            assert "49" not in text
            assert len(text) < 12_000
            assert gsm.is_gsm(gsm.without_accents(text))
            # The lines of the template, not one more.
            plain = rendering.block(name, language, part, dict.fromkeys(values, "x"), city="x")
            assert len(lines) == len(plain.split("\n"))


@given(st.text(max_size=1000))
def test_any_text_becomes_one_visible_line(text: str) -> None:
    found = rendering.harmless(text)
    assert found.isprintable()
    assert len(found) <= 520
    assert "://" not in found


def test_ordinary_vietnamese_stays_as_it_is() -> None:
    text = "Dò mật khẩu vào thư điện tử công vụ: 1.024 lần (203.0.113.20)"
    assert rendering.harmless(text) == text


@pytest.mark.parametrize("name", templates.names())
def test_an_ordinary_notice_fits_an_sms_of_two_parts_without_its_letters(name: str) -> None:
    usual = {
        "title": "Dò mật khẩu vào thư điện tử",
        "group": "0123456789abcdef",
        "level": "nghiêm trọng",
        "due": "23/11/2026 09:05",
        "incident": "SC-2026-0007",
        "text": "Đề nghị kiểm tra lại lịch trực tháng 12.",
    }
    values = {each: usual.get(each, "Trưởng ca 1") for each in templates.needed(name)}
    short = rendering.block(name, "vi", "short", values, city="Thành phố Bến Sen")
    assert len(gsm.cut(gsm.without_accents(f"{short} Trả lời: NHAN 1234"), most=3).texts) <= 2
