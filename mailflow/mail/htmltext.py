"""Html of a mail -> the text that a person would read. Nothing is rendered, fetched or executed.

In: html as str, hostile. Out: text with LF line ends. Never raises. Scripts, styles, comments and hidden elements are dropped;
blocks and `<br>` break lines, cells of a row stand apart by a tab, quotes of mail programs get `> ` so that the reader of
quotes knows them. Source: how Outlook, Gmail, Apple Mail and Japanese webmail write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

_DROPPED = frozenset({"script", "style", "head", "title", "template", "object", "svg", "math", "select", "textarea"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
     "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody",
     "tfoot", "thead", "tr", "ul", "caption"}
)  # fmt: skip
_SPACED = frozenset({"p", "h1", "h2", "h3", "ul", "ol", "table", "blockquote", "pre"})  # a blank line around them
_HIDDEN = re.compile(r"display\s{0,5}:\s{0,5}none|visibility\s{0,5}:\s{0,5}hidden", re.I)
_QUOTING = re.compile(r"gmail_quote|protonmail_quote|yahoo_quoted|moz-cite|cite", re.I)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAG = re.compile(r"<[^<>]{0,5000}>")
_MOST = 2_000_000  # characters
_DEPTH = 200


@dataclass(slots=True)
class _Writer:
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    quotes: int = 0
    ended: bool = False  # a block ended: the next text begins a new line
    gap: bool = False
    cells: int = 0

    def text(self, text: str, *, verbatim: bool) -> None:
        if not verbatim:
            text = _SPACES.sub(" ", text)
        if self.ended and text.strip():
            self.flush()
        if verbatim:
            first, *rest = text.split("\n")
            self.line.append(first)
            for more in rest:
                self.end_line()
                self.line.append(more)
            return
        if not self.line or self.line[-1][-1:] in (" ", "\t"):
            text = text.lstrip(" ")
        if text:
            self.line.append(text)

    def end_line(self) -> None:
        """A line ends here, be it empty."""
        mark = "> " * self.quotes
        if self.gap and self.lines:
            self.lines.append(mark.rstrip())
        self.gap = self.ended = False
        self.lines.append((mark + "".join(self.line).replace("\u00a0", " ")).rstrip())
        self.line = []

    def flush(self) -> None:
        """What stands on the line is a line; blanks are none."""
        if any(piece.strip() for piece in self.line):
            self.end_line()
        self.line = []
        self.ended = False

    def block(self, *, spaced: bool) -> None:
        """A block begins or ends."""
        if spaced and any(piece.strip() for piece in self.line) and not self.cells:
            self.flush()
        self.ended = self.line[-1:] != ["\t"]  # a cell that begins with a paragraph stays beside its neighbour
        self.gap = self.gap or (spaced and not self.cells)

    def row(self) -> None:
        self.flush()
        self.cells = 0

    def cell(self) -> None:
        """Cells stand beside each other, whatever blocks they hold."""
        if self.cells:
            self.ended = False
            self.line.append("\t")
        self.cells += 1


def html_text(html: str) -> str:
    """The readable text."""
    html = _INVALID.sub("", html[:_MOST])
    if not html.strip():
        return ""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, recover=True, huge_tree=True
    )
    try:
        root = etree.fromstring(html.encode("utf-8"), parser)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None or any("depth" in error.message.lower() for error in parser.error_log):
        return _TAG.sub(" ", html)  # libxml2 gave up in the middle: ugly is better than lost
    writer = _Writer()
    _write(root, writer)
    writer.flush()
    return "\n".join(writer.lines).strip("\n") + "\n" if writer.lines else ""


def _write(root: etree._Element, writer: _Writer) -> None:
    """Walks by events, not by recursion: depth is the sender's choice."""
    walker = etree.iterwalk(root, events=("start", "end"))
    preformatted = 0
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _DROPPED or _HIDDEN.search(element.get("style") or ""):
                walker.skip_subtree()
                continue
            preformatted += tag == "pre"
            _open(element, tag, writer)
            if element.text:
                writer.text(element.text, verbatim=preformatted > 0)
            continue
        if tag not in _DROPPED and not _HIDDEN.search(element.get("style") or ""):
            preformatted -= tag == "pre"
            _close(element, tag, writer)
        if element.tail:
            writer.text(element.tail, verbatim=preformatted > 0)


def _open(element: etree._Element, tag: str, writer: _Writer) -> None:
    if tag == "br":
        if writer.ended:
            writer.flush()
        writer.end_line()
    elif tag == "tr":
        writer.row()
    elif tag in ("td", "th"):
        writer.cell()
    elif tag in _BLOCKS:
        if tag == "table":
            writer.row()
        writer.block(spaced=tag in _SPACED)
        if _is_quote(element, tag) and writer.quotes < _DEPTH:
            writer.flush()
            if writer.gap and writer.lines:
                writer.lines.append(("> " * writer.quotes).rstrip())
            writer.gap = False
            writer.quotes += 1
        if tag == "li":
            writer.flush()
            writer.line.append("・")
        elif tag == "hr":
            writer.flush()
            writer.line.append("-" * 20)
            writer.ended = True


def _close(element: etree._Element, tag: str, writer: _Writer) -> None:
    if tag in ("tr", "table"):
        writer.row()
        writer.gap = writer.gap or tag == "table"
    elif tag in _BLOCKS:
        writer.block(spaced=tag in _SPACED)
        if _is_quote(element, tag) and writer.quotes:
            writer.flush()
            writer.quotes -= 1


def _is_quote(element: etree._Element, tag: str) -> bool:
    """Mail programs mark what they quote; other blockquotes are how old webmail indents."""
    return tag == "blockquote" and (
        (element.get("type") or "") == "cite" or bool(_QUOTING.search(element.get("class") or ""))
    )
