"""Sigma's modifiers where pySigma 1.5 departs from the specification, and what may stand beside what (detection design, section 2).

`utf16le` is unknown to it; `wide` refuses anything but ASCII; `utf16` writes its mark as three bytes of UTF-8; `base64offset`
counts characters where the encoding counts bytes; a part of a time is cut to an integer. These classes take their
places in its table.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, ClassVar

from sigma.exceptions import SigmaValueError
from sigma.modifiers import (
    SigmaBase64Modifier,
    SigmaBase64OffsetModifier,
    SigmaTimestampModifier,
    SigmaUTF16BEModifier,
    SigmaUTF16Modifier,
    SigmaWideModifier,
    modifier_mapping,
    reverse_modifier_mapping,
)
from sigma.types import SigmaExpansion, SigmaNumber, SigmaString, SigmaTimestampPart

_ENCODINGS = frozenset({"wide", "utf16le", "utf16be", "utf16"})
_OF_REGEX = frozenset({"re", "i", "m", "s", "ignorecase", "multiline", "dotall", "all", "neq", "expand"})


class Wide(SigmaWideModifier):
    """UTF-16LE; the bytes are made by the base64 that follows."""

    codec: ClassVar[str] = "utf-16-le"

    def modify(self, val: SigmaString) -> SigmaString:
        """The text as it is."""
        return val


class Utf16Be(SigmaUTF16BEModifier):
    """UTF-16BE, as `Wide`."""

    codec: ClassVar[str] = "utf-16-be"

    def modify(self, val: SigmaString) -> SigmaString:
        """The text as it is."""
        return val


class Utf16(SigmaUTF16Modifier):
    """UTF-16LE with the mark FF FE in front, as `Wide`."""

    codec: ClassVar[str] = "utf-16-le"
    mark: ClassVar[bytes] = b"\xff\xfe"

    def modify(self, val: SigmaString) -> SigmaString:
        """The text as it is."""
        return val


class Base64(SigmaBase64Modifier):
    """RFC 4648 of the bytes that the encoding before it makes, UTF-8 without one."""

    def modify(self, val: SigmaString) -> SigmaString:
        """Encoded."""
        return SigmaString(b64encode(_bytes(val, self.applied_modifiers)).decode("ascii"))


class Base64Offset(SigmaBase64OffsetModifier):
    """The three forms that the bytes can take inside a longer encoded text, without the characters that neighbours share."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        """Encoded thrice."""
        data = _bytes(val, self.applied_modifiers)
        forms = []
        for shift in range(3):
            encoded = b64encode(bytes(shift) + data)
            forms.append(encoded[self.start_offsets[shift] : self.end_offsets[(len(data) + shift) % 3]].decode("ascii"))
        return SigmaExpansion([SigmaString(form) for form in forms])


def _bytes(value: SigmaString, before: Sequence[Any]) -> bytes:
    if value.contains_special():
        message = "a text with wildcards has no base64"
        raise SigmaValueError(message)
    encoding = next((each for each in before if hasattr(each, "codec")), None)
    if encoding is None:
        return value.to_plain().encode() if not value.s else "".join(map(str, value.s)).encode()
    return getattr(encoding, "mark", b"") + "".join(map(str, value.s)).encode(encoding.codec)


def _exact_part(self: SigmaTimestampModifier, val: SigmaNumber) -> SigmaTimestampPart:
    if not isinstance(val.number, int):
        message = f"a part of a time is an integer, not `{val.number}`"
        raise SigmaValueError(message)
    return SigmaTimestampPart(self.time_part_unit, val.number)


def register() -> None:
    """Put these in the places of pySigma's own; twice is once."""
    ours: dict[str, Any] = {
        "wide": Wide,
        "utf16le": Wide,
        "utf16be": Utf16Be,
        "utf16": Utf16,
        "base64": Base64,
        "base64offset": Base64Offset,
    }
    modifier_mapping.update(ours)
    reverse_modifier_mapping.update({kind.__name__: name for name, kind in ours.items() if name != "utf16le"})
    for name in ("minute", "hour", "day", "week", "month", "year"):
        kind = modifier_mapping[name]
        modifier_mapping[name] = type(kind.__name__, (kind,), {"modify": _exact_part})


def misuse(modifiers: Sequence[str], value: object) -> str | None:
    """What pySigma lets stand together and the specification does not; None when nothing is wrong."""
    if "re" in modifiers and (modifiers[0] != "re" or not set(modifiers) <= _OF_REGEX):
        return "`re` must be the first modifier, with none but `i`, `m`, `s`, `expand`, `all` and `neq` behind it"
    if "re" in modifiers and not all(isinstance(one, str) for one in (value if isinstance(value, list) else [value])):
        return "a value of `re` is a text"
    if "all" in modifiers and (not isinstance(value, list) or len(value) == 1):
        return "`all` of a single value"
    for number, name in enumerate(modifiers):
        if name in _ENCODINGS and not any(after in {"base64", "base64offset"} for after in modifiers[number + 1 :]):
            return f"`{name}` means bytes, and stands only before `base64` or `base64offset`"
    if len(_ENCODINGS & set(modifiers)) > 1:
        return "two encodings at once"
    return None


register()
