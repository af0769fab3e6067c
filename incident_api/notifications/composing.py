"""A message out of the notices that go together: subject, text, short form for SMS, and the items for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from incident_api.notifications import ceiling, rendering
from incident_api.notifications.channels.channel import Item, Message
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.telling import CONTACT_ONLY, Decided
from incident_api.runtime import Runtime

#: Where the page shows a subject.
_PLACES = {"group": "alerts", "incident": "incidents"}
_WORDS = {
    "several": {"vi": "{count} thông báo", "en": "{count} notices"},
    "footer": {
        "vi": "TLP:{tlp}. Thư tự động của Khiên; không trả lời thư này.",
        "en": "TLP:{tlp}. Sent by Khiên; answers to this address are not read.",
    },
    "answer": {"vi": "Trả lời: NHAN {code}", "en": "Reply: OK {code}"},
}


@dataclass(frozen=True, slots=True)
class Part:
    """One notice and what of it this recipient is told."""

    row: NoticeRow
    decided: Decided


def message(runtime: Runtime, parts: Sequence[Part], *, key: str, code: str | None) -> Message:
    """The message of these notices, which have one recipient and one address. Raises `notice.bad_template`."""
    first = parts[0].row
    resolved = first.resolved or {}
    language = str(resolved.get("language", "vi"))
    organisation = runtime.organisation
    city = getattr(organisation.name, language)
    tlp = ceiling.highest(*(part.decided.tlp for part in parts))
    # A matter of which nothing may be said is said once, however many notices there are of it.
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    items, shorts = [], []
    for part in parts:
        same = (part.decided.template, tuple(sorted(part.decided.values.items())))
        if same in seen:
            continue
        seen.add(same)
        items.append(_item(runtime, part, language=language, city=city))
        shorts.append(rendering.block(part.decided.template, language, "short", part.decided.values, city=city))
    subject = items[0].title
    if len(items) > 1:
        subject = f"{_WORDS['several'][language].format(count=len(items))}: {subject}"
    texts = "\n\n".join(item.text for item in items)
    short = "\n".join(shorts)
    if code is not None:
        answer = _WORDS["answer"][language].format(code=code)
        texts, short = f"{texts}\n\n{answer}", f"{short} {answer}"
    footer = _WORDS["footer"][language].format(tlp=tlp)
    return Message(
        key=key,
        recipient=first.recipient,
        name=rendering.clean(str(resolved.get("name", {}).get(language, first.recipient))),
        language=language,
        subject=f"[TLP:{tlp}] {subject}",
        text=f"{texts}\n\n--\n{city}\n{footer}\n",
        short=short,
        tlp=tlp,
        urgency=first.urgency,
        items=tuple(items),
        code=code,
    )


def _item(runtime: Runtime, part: Part, *, language: str, city: str) -> Item:
    row, decided = part.row, part.decided
    text = rendering.block(decided.template, language, "text", decided.values, city=city)
    link = None if decided.template == CONTACT_ONLY else _link(runtime, row.subject)
    return Item(
        id=row.id,
        subject="" if decided.template == CONTACT_ONLY else row.subject,
        template=decided.template,
        urgency=row.urgency,
        tlp=decided.tlp,
        made_us=row.made_us,
        title=rendering.block(decided.template, language, "subject", decided.values, city=city),
        text=text if link is None else f"{text}\n{link}",
        values=decided.values,
    )


def _link(runtime: Runtime, subject: str) -> str | None:
    kind, _, name = subject.partition("/")
    page = runtime.notifications.page
    place = _PLACES.get(kind)
    return None if page is None or place is None else f"{page.rstrip('/')}/{place}/{name}"
