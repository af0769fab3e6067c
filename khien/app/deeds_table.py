"""What was done in a capture, for a terminal: log-ins, requests, names, servers, remote calls, shares, searches, mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.markup import escape

from khien.app.capture_text import CaptureText
from khien.capture.deeds import Deeds
from khien.capture.tally import Few, Row
from khien.language import say
from khien.schema.anomaly import load_anomalies

#: Characters of a request, a name or a subject that are shown; JSON has more.
_LONG = 100
_ANSWERS = 3
_OUTCOMES = (("success", "successes"), ("failure", "failures"), ("unknown", "unanswered"))


class DeedsTable:
    """Prints the lists of `Deeds`, at most `most` rows of each."""

    def __init__(self, out: CaptureText, *, most: int) -> None:
        self._out = out
        self._most = most

    def all(self, deeds: Deeds) -> None:
        """Every list that has something, in the order in which they are asked about."""
        told: Mapping[str, tuple[tuple[str, ...], int, Callable[[Row], tuple[str, ...]]]] = {
            "expressions": (("first", "expression", "place", "from_to", "times"), 1, self._expression),
            "requests": (("first", "method", "url", "from_to", "status", "times"), 2, self._request),
            "agents": (("first", "user_agent", "from_to", "times"), 1, self._agent),
            "names": (("first", "name", "type", "answer", "asked_by", "times"), 1, self._name),
            "domains": (("first", "domain", "asked_by", "names", "times"), 2, self._domain),
            "servers": (("first", "server_name", "ja4", "version", "from_to", "times"), 1, self._server),
            "calls": (("first", "call", "result", "from_to", "times"), 1, self._call),
            "shares": (("first", "share", "result", "from_to", "times"), 1, self._share),
            "searches": (("first", "search", "result", "from_to", "times"), 1, self._search),
            "mail": (("first", "from_to", "subject", "attachments", "times"), 1, self._mail),
        }
        self._logins(deeds)
        for topic, (columns, numbers, cells) in told.items():
            tally = deeds.topics[topic]
            shown = columns if self._out.has_room else columns[1:]
            table = self._out.table(*(f"column.{column}" for column in shown), numbers=numbers)
            rows = tally.largest(self._most)
            for row in rows:
                moment = (self._out.moment(row["first"]["time"]),) if self._out.has_room else ()
                table.add_row(*moment, *cells(row))
            self._out.section(f"read.topic_{topic}", table, count=self._out.number(tally.total))
            self._out.more(tally.distinct - len(rows), is_exact=tally.is_whole)

    def anomalies(self, deeds: Deeds, counted: Mapping[str, int]) -> None:
        """Each with its meaning and the first flow that has it; the engine's counts are exact."""
        if not counted:
            return
        out, texts = self._out, load_anomalies()
        firsts = {row["name"]: row["first"] for row in deeds.topics["anomalies"].largest(len(counted))}
        out.title("read.anomalies")
        for name, count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
            out.line(f" {out.number(count)} × [bold]{name}[/] · {escape(texts[name].description[out.language])}")
            first = firsts.get(name)
            if first is not None:
                ends = f"{first['source']} → {first['destination']}" if first["destination"] else first["source"]
                packet, flow = out.number(first["packet"] or 0), first["community_id"] or "–"
                out.line(f"     [dim]{out.say('read.first', ends=ends or '–', packet=packet, flow=flow)}[/]")

    def _logins(self, deeds: Deeds) -> None:
        """Not a table: who got in as whom is the line that is read first, whole, in any window."""
        out, tally = self._out, deeds.topics["logins"]
        rows = tally.largest(self._most)
        if rows:
            out.title("read.topic_logins", count=out.number(tally.total))
        for row in rows:
            counts = [out.count(noun, row.get(outcome, 0)) for outcome, noun in _OUTCOMES if row.get(outcome)]
            moment, protocol = out.moment(row["first"]["time"]), out.text(row["protocol"] or "–")
            out.line(f" {moment}  {protocol}  {self._ends(row)}: {', '.join(counts)}")
            for outcome, _ in _OUTCOMES:
                users: Few | None = row.get(f"users_{outcome}")
                if users is not None and any(users.values):
                    said = say(f"login.{outcome}", out.language, users=self._users(users))
                    out.line(f"     [dim]{said}[/]")
        out.more(tally.distinct - len(rows), is_exact=tally.is_whole)

    def _users(self, users: Few) -> str:
        nameless = self._out.say("read.nameless")
        return self._out.texts((user or nameless for user in users.values), has_more=users.has_more)

    def _expression(self, row: Row) -> tuple[str, ...]:
        return self._long(row["text"]), self._out.text(row["place"]), self._ends(row), self._times(row)

    def _request(self, row: Row) -> tuple[str, ...]:
        target: str = row["target"]
        where = f"{row['host']}{target}" if target.startswith("/") else target or row["host"]
        status = "–" if row["status"] is None else str(row["status"])
        return self._out.text(row["method"] or "–", most=16), self._long(where), self._ends(row), status, self._times(row)

    def _agent(self, row: Row) -> tuple[str, ...]:
        return self._long(row["agent"]), self._ends(row), self._times(row)

    def _name(self, row: Row) -> tuple[str, ...]:
        codes, data = row.get("codes"), row.get("data")
        answers = [code for code in (codes.values if codes else ()) if code != "NOERROR" or data is None]
        if data is not None:
            answers += data.values[:_ANSWERS]
        more = data is not None and (data.has_more or len(data.values) > _ANSWERS)
        answer = self._out.texts(answers, has_more=more) if answers else self._out.say("read.no_answer")
        times = row["times"] or row.get("answers", 0)
        return self._long(row["name"]), self._out.text(row["type"]), answer, self._out.text(row["asker"]), self._out.number(times)

    def _domain(self, row: Row) -> tuple[str, ...]:
        return self._long(row["domain"]), self._out.text(row["asker"]), self._out.number(row["names"]), self._times(row)

    def _server(self, row: Row) -> tuple[str, ...]:
        name = row["name"] or row["subject"] or "–"
        version = row["version"] or "–"
        if row["established"] == 0:
            version = f"{version}, {self._out.say('read.not_established')}"
        return self._long(name), self._out.text(row["ja4"] or "–"), version, self._ends(row), self._times(row)

    def _call(self, row: Row) -> tuple[str, ...]:
        called = f"{row['interface'] or '–'} · {row['operation'] or '–'}"
        return self._long(called), self._outcome(row["result"]), self._ends(row), self._times(row)

    def _share(self, row: Row) -> tuple[str, ...]:
        what = f"{row['share']} · {row['path']}" if row["path"] else row["share"] or "–"
        action = self._out.say(f"smb.{row['action'].removeprefix('smb-')}")
        return f"{action} {self._long(what)}", self._outcome(row["status"]), self._ends(row), self._times(row)

    def _search(self, row: Row) -> tuple[str, ...]:
        what = f"{row['base'] or '–'} · {row['filter']}"
        result = f"{row['result'] or '–'} ({self._out.count('entries', row['entries'])})"
        return self._long(what), self._out.text(result), self._ends(row), self._times(row)

    def _mail(self, row: Row) -> tuple[str, ...]:
        recipients, attachments = row.get("recipients"), row.get("attachments")
        to = self._out.texts(recipients.values, has_more=recipients.has_more) if recipients else "–"
        files = self._out.texts(attachments.values, has_more=attachments.has_more) if attachments else "–"
        return f"{self._out.text(row['sender'] or '–')} → {to}", self._long(row["subject"] or "–"), files, self._times(row)

    def _outcome(self, result: str) -> str:
        """A status as the protocol names it; our own words for an outcome in the person's language."""
        if result in {"success", "failure", "unknown"}:
            return self._out.say(f"outcome.{result}")
        return self._out.text(result or "–")

    def _ends(self, row: Row) -> str:
        return self._out.text(f"{row['from']} → {row['to']}", most=_LONG)

    def _long(self, value: str) -> str:
        return self._out.text(value, most=_LONG)

    def _times(self, row: Row) -> str:
        return self._out.number(row["times"])
