"""A Vietnamese sentence stays Vietnamese when the system gives the reason, and the catalogues hold no English by mistake."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from khien.errors import KhienError, registry
from khien.language import catalogue

MARKS = re.compile("[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.IGNORECASE)
#: What stands in a Vietnamese text as it is: code, values, options.
LITERAL = re.compile(r"`[^`]*`|\{[^}]*\}|<[^>]*>")
#: Words of the trade that an official reads in English too.
SAME = {"column.user_agent"}


def is_english(text: str) -> bool:
    """Three words or more and no mark on any of them; or five such words in a row."""
    bare = LITERAL.sub("", text)
    rows = re.findall(r"(?:\b[a-z]{2,}\b[ ,]+){4,}[a-z]{2,}", bare)
    few = len(re.findall(r"[A-Za-z]{2,}", bare)) >= 3 and not MARKS.search(bare)
    return few or any(not MARKS.search(row) for row in rows)


def test_the_measure_knows_both_languages() -> None:
    assert is_english("No such file or directory")
    assert is_english("Không mở được: the file is not there any more")
    assert not is_english("Không mở được `No such file or directory`")


def test_no_vietnamese_text_of_errors_or_messages_is_english() -> None:
    texts = {f"{code} {part}": getattr(entry, part)["vi"] for code, entry in registry().items() for part in ("text", "hint")}
    texts |= {key: entry["vi"] for key, entry in catalogue().items() if key not in SAME}
    assert len(texts) > 600
    assert [key for key, text in texts.items() if is_english(text)] == []


@pytest.mark.parametrize(("path", "kind"), [("/no/such/file", FileNotFoundError), ("/", IsADirectoryError)])
def test_the_system_s_reason_is_told_in_the_reader_s_language(path: str, kind: type[OSError]) -> None:
    with pytest.raises(kind) as raised:
        Path(path).read_bytes()
    reason = raised.value.strerror or ""
    error = KhienError("system.refused", path=path, reason=reason)
    assert error.sentence("en").endswith(reason)
    assert reason not in error.sentence("vi")
    assert not is_english(error.sentence("vi"))


def test_what_is_not_a_reason_stays_as_it_is() -> None:
    assert os.strerror(9_999) in KhienError("system.refused", path="/", reason=os.strerror(9_999)).sentence("vi")
