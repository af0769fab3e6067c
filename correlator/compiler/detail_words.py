"""The details of rejections in Vietnamese: the compiler speaks English, an officer's sentence must not change language halfway.

Details are data of a rejection (machines and the cache keep them in English); what has no words here, as most of pySigma's and
libyaml's messages, stands as a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

#: English with `{}` for each value, and the same in Vietnamese; longer beginnings first where two could meet.
WORDS: Mapping[str, str] = {
    # documents, ruleset
    "more than {} MiB": "lớn hơn {} MiB",
    "not UTF-8": "không phải UTF-8",
    "aliases are not used in rules": "luật không được dùng bí danh (alias)",
    "deeper than {}": "lồng sâu hơn {} tầng",
    "more than {} nodes": "nhiều hơn {} nút",
    "a rule document is a map with text keys": "tài liệu luật phải là bảng khóa-giá trị, khóa là văn bản",
    "`{}` is given twice": "`{}` ghi hai lần",
    "unknown action `{}`": "không có thao tác `{}`",
    "a link to a folder": "liên kết tới một thư mục",
    "not an ordinary file": "không phải tệp thông thường",
    "a link that leads out of the folder": "liên kết dẫn ra ngoài thư mục luật",
    # bounds, conditions
    "nested deeper than the compiler can follow": "lồng sâu hơn mức trình biên dịch theo được",
    "a condition of more than {} characters": "điều kiện dài hơn {} ký tự",
    "a condition nested deeper than {}": "điều kiện lồng sâu hơn {} tầng",
    "a condition deeper than {}": "điều kiện lồng sâu hơn {} tầng",
    "`{}` is not expected there": "`{}` không được đứng ở vị trí đó",
    "a `(` is not closed": "một dấu `(` chưa đóng",
    "`{}` is no pattern of names": "`{}` không phải mẫu tên",
    "`{}` is no name of a selection": "`{}` không phải tên phần chọn",
    "it ends too early": "kết thúc quá sớm",
    "`|` in the condition": "có `|` trong điều kiện",
    "there is no selection `{}`": "không có phần chọn `{}`",
    "`{}` meets no selection": "`{}` không khớp phần chọn nào",
    "`{}` is a date in YAML, not a text: put it in quotes": (
        "`{}` trong YAML là ngày tháng, không phải văn bản: hãy đặt trong dấu nháy"
    ),
    "binary data in YAML, not a text: put it in quotes": "dữ liệu nhị phân trong YAML, không phải văn bản: hãy đặt trong dấu nháy",
    "a map stands where a value is expected": "có bảng khóa-giá trị ở chỗ lẽ ra là một giá trị",
    "a set in YAML: write a list": "một tập hợp (set) trong YAML: hãy viết thành danh sách",
    "`{}` is no number that an event can have": "`{}` không phải con số mà sự kiện có thể có",
    "a number of more than {} digits": "một con số dài hơn {} chữ số",
    "`{}` is a number to the base of 60 in YAML: put it in quotes": "`{}` trong YAML là số hệ 60: hãy đặt trong dấu nháy",
    "`{}` looks like a date and is none: put it in quotes": "`{}` trông như ngày tháng nhưng không phải: hãy đặt trong dấu nháy",
    "the control character U+{}": "ký tự điều khiển U+{}",
    "the tag `{}` is not used in rules": "luật không được dùng thẻ `{}`",
    "the modifier does not fit the value `{}`": "bộ điều chỉnh không dùng được với giá trị `{}`",
    "`{}` is {} in YAML, not a text: put it in quotes": "`{}` trong YAML là {}, không phải văn bản: hãy đặt trong dấu nháy",
    "a value of a kind that has no place there ({}: {})": "giá trị thuộc kiểu không được dùng ở đó ({}: {})",
    "no rules are referenced: `rules` is a list of names and ids": (
        "không tham chiếu luật nào: `rules` là danh sách tên và mã luật"
    ),
    # values, modifiers
    "more than {} comparisons": "nhiều hơn {} phép so sánh",
    "more than {} dashes under `windash`": "nhiều hơn {} dấu gạch với `windash`",
    "a keyword cannot be a part of a time": "từ khóa không thể là một phần của thời gian",
    "a keyword cannot be {}": "từ khóa không thể là {}",
    "a value of kind {}": "giá trị kiểu {}",
    "a text with wildcards has no base64": "văn bản có ký tự đại diện không đổi sang base64 được",
    "a part of a time is an integer, not `{}`": "một phần của thời gian phải là số nguyên, không phải `{}`",
    "the rule has no `id`": "luật không có `id`",
    # regular expressions
    "longer than {} characters": "dài hơn {} ký tự",
    "a class `[` is not closed": "một lớp `[` chưa đóng",
    "groups nested deeper than {}": "các nhóm lồng sâu hơn {} tầng",
    "a group `(` is not closed": "một nhóm `(` chưa đóng",
    "a `)` closes no group": "một dấu `)` không đóng nhóm nào",
    "a repeat stands behind a repeat": "hai dấu lặp đứng liền nhau",
    "a repeat stands behind nothing": "dấu lặp không đứng sau gì cả",
    "a repeat that runs backwards": "số lần lặp viết ngược",
    "the range `{}` runs backwards": "khoảng ký tự `{}` viết ngược",
    "the escape `{}` is not known": "không có ký tự thoát `{}`",
    "two groups have one name": "hai nhóm cùng một tên",
    "no regular expression": "không phải biểu thức chính quy",
    "a possessive quantifier": "lượng từ chiếm giữ (possessive)",
    "it ends in a single backslash": "kết thúc bằng một dấu gạch chéo ngược đơn lẻ",
    "the back-reference `{}`": "tham chiếu ngược `{}`",
    "the negated class `{}` inside brackets": "lớp phủ định `{}` trong dấu ngoặc vuông",
    "a POSIX class `[:…:]`": "lớp POSIX `[:…:]`",
    "limit: {}, pattern: {}": "giới hạn {} byte, biểu thức {}",
    # correlations
    "an expression over an order: let a `temporal` correlation look at a `temporal_ordered` one": (
        "biểu thức trên một thứ tự: hãy để một tương quan `temporal` theo dõi tương quan `temporal_ordered`"
    ),
    "`{}` is no name of letters, digits and `_`: give the rule a `name`": (
        "`{}` không phải tên gồm chữ cái, chữ số và `_`: hãy đặt `name` cho luật"
    ),
    "`{}` can never hold over {} rules": "`{}` không bao giờ đúng với {} luật",
    "`percentile: {}` is outside 0 … 100, or has more than three decimals": (
        "`percentile: {}` nằm ngoài 0 … 100, hoặc có hơn ba chữ số thập phân"
    ),
    "`{}: {}` has more than 18 digits before or {} behind the point": (
        "`{}: {}` có hơn 18 chữ số phần nguyên hoặc {} chữ số thập phân"
    ),
    "`{}` stands where `and`, `or` or the end was expected": "có `{}` ở chỗ lẽ ra là `and`, `or` hoặc kết thúc",
    "nested deeper than {}": "lồng sâu hơn {} tầng",
    "`{}` stands where a name was expected": "có `{}` ở chỗ lẽ ra là một tên",
    "a parenthesis is not closed": "một dấu ngoặc chưa đóng",
    "`fire` is for a condition that can hold before its window ends (`gt`, `gte`, no `not`)": (
        "`fire` chỉ dùng cho điều kiện có thể đúng trước khi hết cửa sổ (`gt`, `gte`, không có `not`)"
    ),
    "`expect` needs a condition that holds when nothing came (`lt: 1`, `not a_rule`)": (
        "`expect` cần điều kiện đúng khi không có gì đến (`lt: 1`, `not a_rule`)"
    ),
    "each entry of `expect` gives a value for {}": "mỗi mục của `expect` phải có giá trị cho {}",
    "`group` of a correlation is its `group-by`": "`group` của luật tương quan chính là `group-by`",
    "`{}` is not a map": "`{}` không phải bảng khóa-giá trị",
    "`{}` is a text, not {}": "`{}` là văn bản, không phải {}",
    "`{}` is a list of texts": "`{}` là danh sách văn bản",
    "the condition is empty": "điều kiện bỏ trống",
    "`correlation` is not a map": "`correlation` không phải bảng khóa-giá trị",
    "`{}` has no `{}` in its group-by": "`{}` không có `{}` trong group-by",
    "a chain of more than {} correlations": "chuỗi dài hơn {} luật tương quan",
    "{} compares with a number": "{} so sánh với một con số",
    "{} computes with one `field`": "{} tính trên đúng một `field`",
    "{} names a `field`": "{} cần khai báo `field`",
    "`{}: {}` is not a number": "`{}: {}` không phải số",
    "`{}: {}` is outside 0 … {}": "`{}: {}` nằm ngoài 0 … {}",
    "`{}` is not one of the rules": "`{}` không nằm trong các luật được nêu",
    "`field` has no meaning for {}": "`field` không có nghĩa với {}",
    "`percentile` has no meaning for {}": "`percentile` không có nghĩa với {}",
    "a group-by field is given twice": "một trường của group-by ghi hai lần",
    "a timespan of more than 31 days": "khoảng thời gian dài hơn 31 ngày",
    "more than {} rules": "nhiều hơn {} luật",
    "no comparison": "không có phép so sánh",
    "no rules are referenced": "không tham chiếu luật nào",
    "the alias names `{}`": "bí danh nhắc tới `{}`",
    "the condition says nothing of `{}`": "điều kiện không nhắc tới `{}`",
    "the correlation has no condition": "luật tương quan không có điều kiện",
    "the correlation type `{}`": "kiểu tương quan `{}`",
    "the same rule is named twice, once by id and once by name": "một luật được nêu hai lần, một lần theo mã và một lần theo tên",
    # the khien block
    "`regex: worker` is not offered: no expression runs that is not linear-time": (
        "không có `regex: worker`: biểu thức không chạy trong thời gian tuyến tính thì không được chạy"
    ),
    "the block is not a map": "khối không phải bảng khóa-giá trị",
    "unknown key `{}`": "không có khóa `{}`",
    "`{}` is for correlations": "`{}` chỉ dành cho luật tương quan",
    "`triage` has the lists `en` and `vi`": "`triage` gồm hai danh sách `en` và `vi`",
    "`filter` can only be `narrow`": "`filter` chỉ có thể là `narrow`",
    "`enabled` is true or false": "`enabled` là true hoặc false",
    "`fire` is one of {}": "`fire` là một trong {}",
    "`expect` is `true`, or a list of at most {} groups": "`expect` là `true`, hoặc danh sách tối đa {} nhóm",
    "a group is a text or a number, or a map from group-by field to one": (
        "nhóm là văn bản hoặc số, hoặc bảng từ trường group-by đến một giá trị như vậy"
    ),
    "`{}` is a text": "`{}` là văn bản",
    "`{}` is a list of at most {} texts": "`{}` là danh sách tối đa {} văn bản",
    "`entities` is a list of {field, kind, role}": "`entities` là danh sách {{field, kind, role}}",
    "an entity has a field, a kind and a role": "mỗi thực thể gồm field, kind và role",
    # pySigma, what people meet
    "Unknown modifier '{}'": "không có bộ điều chỉnh '{}'",
    "Sigma rule must have a title": "luật phải có `title`",
    "Sigma rule must contain at least one condition": "luật phải có ít nhất một `condition`",
    "Regular expression '{}' is invalid: {}": "biểu thức '{}' không hợp lệ: “{}”",
    # libyaml
    "found a tab character that violates indentation": "có dấu tab ở chỗ thụt dòng",
    "found character that cannot start any token": "có ký tự không được mở đầu một mục",
    "mapping values are not allowed in this context": "dấu `:` không được đứng ở chỗ này",
    "did not find expected key": "thiếu khóa ở chỗ này, thường do thụt dòng sai",
    "could not find expected ':'": "thiếu dấu `:`",
}


def in_vietnamese(detail: str) -> str:
    """The detail in Vietnamese, values as they are; a name or a piece of the rule stays, unknown words are quoted."""
    known = _translated(detail)
    if known is not None:
        return known
    what, inside, pattern = detail.partition(" in `")
    if inside and pattern.endswith("`"):
        return f"{_translated(what) or what} trong `{pattern}"
    return detail if _is_piece(detail) else f"“{detail}”"


def _translated(text: str) -> str | None:
    for pattern, words in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return words.format(*found.groups())
    return None


def _is_piece(detail: str) -> bool:
    """Whether it is no sentence: a name in marks, a path of names, a number, a field."""
    bare = re.sub(r"`[^`]*`|%[^%\s]*%", "", detail)
    return " " not in detail.strip() or not re.search(r"[a-z]{2,} [a-z]{2,}", bare)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    for english, vietnamese in WORDS.items():
        pieces = [re.escape(piece) for piece in english.split("{}")]
        found.append((re.compile("(.*?)".join(pieces), re.DOTALL), vietnamese))
    return tuple(found)
