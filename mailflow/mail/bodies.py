"""The text of a mail: which leaves it is made of, and what they say.

In: `Skeleton`. Out: `Body`. Never raises. Plain text is preferred where a mail offers both (multipart/alternative); html alone
becomes readable text. format=flowed (RFC 3676) is joined; line ends are LF. Text above the limit is cut, with a defect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailflow.mail.charsets import decode
from mailflow.mail.htmltext import html_text
from mailflow.mail.limits import Limits
from mailflow.mail.structure import Part, Skeleton, note
from mailflow.mail.transfer import uuencoded

_TEXTS = ("text/plain", "text/html")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset=[\"']?([A-Za-z0-9_.:-]{1,40})", re.I)
_QUOTE_DEPTH = re.compile(r">*")
_LINE_END = re.compile(r"\r\n?|\u2028|\u0085")


@dataclass(slots=True)
class Body:
    """`text`: None where the mail has none. `html`: as sent, decoded, never rendered."""

    text: str | None = None
    html: list[str] = field(default_factory=list)


def text_parts(skeleton: Skeleton) -> list[Part]:
    """The leaves that are what the mail says, not files: text/plain and text/html without a file's name or disposition.

    Some gateways name the text itself: a name is forgiven on a mail of one part, on the first leaf and in an alternative.
    """
    found = []
    for position, part in enumerate(skeleton.leaves()):
        if part.label not in _TEXTS or part.disposition.value == "attachment":
            continue
        named = part.type_field.get("name") or part.disposition.get("filename")
        shown = position == 0 or part.parent == "multipart/alternative"
        if not named or part is skeleton.root or (shown and not part.disposition.get("filename")):
            found.append(part)
    return found


def read_body(skeleton: Skeleton, texts: list[Part], limits: Limits) -> Body:
    """The text and the html of the leaves in `texts`."""
    body = Body()
    reader = _Reader({id(part) for part in texts}, body, limits, skeleton.defects)
    text, from_html = reader.render(skeleton.root)
    if from_html:
        note(skeleton.defects, "html-only")
    if len(text) > limits.text_size:
        note(skeleton.defects, "text-too-large")
        text = text[: limits.text_size]
    body.text = text if text or texts else None
    return body


def calendars(skeleton: Skeleton, limits: Limits) -> Iterator[str]:
    """The text of each calendar part of the mail itself."""
    for part in skeleton.leaves():
        if part.label in ("text/calendar", "application/ics") and part.content:
            yield decode(part.content[: limits.text_size], part.type_field.get("charset") or None)[0]


@dataclass(slots=True)
class _Reader:
    wanted: set[int]
    body: Body
    limits: Limits
    defects: list[str]

    def render(self, part: Part) -> tuple[str, bool]:
        """The text of a part, and whether all of it had to be made from html."""
        if not part.parts:
            if id(part) not in self.wanted:
                return "", False
            if part.label == "text/plain":
                return self._plain(part), False
            return self._html(part, convert=True), True
        if part.label == "multipart/alternative":
            return self._alternative(part)
        texts: list[tuple[str, bool]] = []
        for child in part.parts:
            text, from_html = self.render(child)
            told = _squeezed("".join(said for said, _ in texts)) if from_html else ""
            if text.strip() and not (from_html and told and _squeezed(text) in told):
                texts.append((text, from_html))
        joined = (
            "\n".join(text.rstrip("\n") + "\n" for text, _ in texts) if len(texts) > 1 else "".join(t for t, _ in texts)
        )
        return joined, bool(texts) and all(from_html for _, from_html in texts)

    def _alternative(self, part: Part) -> tuple[str, bool]:
        for child in part.parts:  # the simplest comes first (RFC 2046 §5.1.4); what is a stub does not count
            text, from_html = ("", False) if self._only_html(child) else self.render(child)
            if text.strip() and not from_html:
                for other in part.parts:
                    if other is not child:
                        self._note_html(other)
                return text, False
        for child in part.parts:
            text, _ = self.render(child)
            if text.strip():
                return text, True
        return "", False

    def _only_html(self, part: Part) -> bool:
        return all(leaf.label != "text/plain" for leaf in part.walk() if not leaf.parts)

    def _note_html(self, part: Part) -> None:
        for leaf in part.walk():
            if not leaf.parts and id(leaf) in self.wanted and leaf.label == "text/html":
                self._html(leaf, convert=False)

    def _plain(self, part: Part) -> str:
        content = part.content
        if b"begin" in content:
            content = uuencoded(content)[1]
        text = self._decoded(content, part.type_field.get("charset") or None)
        if part.type_field.get("format").lower() == "flowed":
            return unflow(text, delete_space=part.type_field.get("delsp").lower() == "yes")
        return text

    def _html(self, part: Part, *, convert: bool) -> str:
        charset = part.type_field.get("charset")
        if not charset and (meta := _META_CHARSET.search(part.content[:2048])):
            charset = meta[1].decode("ascii")
        html = self._decoded(part.content, charset or None)
        if not any(html == known for known in self.body.html):
            self.body.html.append(html)
        return html_text(html) if convert else ""

    def _decoded(self, content: bytes, charset: str | None) -> str:
        if len(content) > self.limits.text_size * 3:
            note(self.defects, "text-too-large")
            content = content[: self.limits.text_size * 3]
            content = content[: content.rfind(b"\n") + 1] or content  # not inside a character
        text, sound = decode(content, charset)
        if not sound:
            note(self.defects, "bad-charset")
        if len(text) > self.limits.text_size:
            note(self.defects, "text-too-large")
            text = text[: self.limits.text_size]
        return _LINE_END.sub("\n", text)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def unflow(text: str, *, delete_space: bool) -> str:
    """RFC 3676 §4: soft line breaks joined, stuffed spaces taken out; quotes keep their depth."""
    out: list[list[str]] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        marks = _QUOTE_DEPTH.match(line)
        depth = marks.end() if marks else 0
        content = line[depth:]
        content = content.removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        if open_depth == depth and out and content != "-- ":
            out[-1].append(content)
        else:
            out.append([f"{'>' * depth} {content}" if depth else content])
        if soft and delete_space:
            out[-1][-1] = out[-1][-1][:-1]
        open_depth = depth if soft else None
    return "\n".join("".join(pieces) for pieces in out)
