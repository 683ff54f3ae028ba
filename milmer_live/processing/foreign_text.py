"""Texts of other programs, which may be bytes of any encoding and XML that is none. Pure."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

MAX_DEPTH = 100  # readers of XDF descend by recursion: 1,000 levels end pyxdf, 500 MATLAB

# The five bytes that cp1252 leaves undefined are the control characters of Latin-1.
_CP1252 = "".join(
    bytes([byte]).decode("cp1252" if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "latin-1")
    for byte in range(256)
)

# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 400  # bytes in which zeros are counted

# Characters that XML 1.0 cannot hold at all, escaped or not.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|apos|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*>")
_TOKEN = re.compile(r"<[^<>]*>|[^<]+|<")
_TAG = re.compile(r"<(/?)([^\s<>/!?]+)([^<>]*)>")
_NAME_START = re.compile(r"[A-Za-z_]")
_NOT_NAME = re.compile(r"[^A-Za-z0-9_.-]")
_CDATA = ("<![CDATA[", "]]>")
_BYTES_OF_MARKUP = re.compile(rb"(<[^<>]*>)")


@dataclass(frozen=True, slots=True)
class CleanXML:
    """`text` is a document that any parser of XML reads, without a declaration and at most
    `MAX_DEPTH` levels deep. `changes` says what was replaced, in words; empty where nothing was."""

    text: str
    changes: tuple[str, ...]


def decoded(raw: bytes) -> tuple[str, bool]:
    """The text of `raw`, and whether it is UTF-8. If it is not it is read as cp1252, in which
    every byte is a character."""
    try:
        return raw.decode("utf-8"), True
    except UnicodeDecodeError:
        return codecs.charmap_decode(raw, "strict", _CP1252)[0], False


def table_text(raw: bytes) -> str:
    """The text of a file that a spreadsheet wrote: UTF-8 or UTF-16 by its byte order mark, UTF-16
    without one by its zeros, else as `decoded` has it."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    start = raw[:_LOOKED_AT]
    for place, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(start) > 1 and start[place::2].count(0) > len(start) // 4:
            return raw.decode(encoding, "replace")
    return text_of(raw)


def text_of(raw: bytes) -> str:
    """The text of `raw`, whatever its encoding."""
    return decoded(raw)[0]


def clean_xml(raw: bytes | str) -> CleanXML:
    """`raw` as well-formed XML that says the same. Takes time in proportion to its length."""
    text, changes = _decoded_xml(raw) if isinstance(raw, bytes) else (raw, [])
    text = text.removeprefix("\ufeff")
    declaration = _DECLARATION.match(text)
    text = text[declaration.end() if declaration else 0 :].strip()
    if not _is_readable(text):
        text = _with_xml_characters(text, changes)
    if not _is_readable(text):
        text = _rebuilt(text, changes)
    return CleanXML(text, tuple(changes))


def _decoded_xml(raw: bytes) -> tuple[str, list[str]]:
    """Each text between two tags may have an encoding of its own."""
    text, is_utf8 = decoded(raw)
    if is_utf8:
        return text, []
    parts = [decoded(part) for part in _BYTES_OF_MARKUP.split(raw)]
    odd = sum(not is_utf8 for _, is_utf8 in parts)
    return "".join(part for part, _ in parts), [f"{_n(odd, 'text')} read as cp1252"]


class _Depth:
    """Target of a parser that only looks how deep a document is, and for namespaces."""

    def __init__(self) -> None:
        self._deepest = self._now = 0
        self._is_plain = True

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._now += 1
        self._deepest = max(self._deepest, self._now)
        self._is_plain = self._is_plain and "}" not in tag

    def end(self, _tag: str) -> None:
        self._now -= 1

    def close(self) -> bool:
        return self._is_plain and 0 < self._deepest <= MAX_DEPTH


def _is_readable(text: str) -> bool:
    parser = ElementTree.XMLParser(target=_Depth())
    try:
        parser.feed(text)
        return bool(parser.close())
    except (ElementTree.ParseError, ValueError):
        return False


def _with_xml_characters(text: str, changes: list[str]) -> str:
    """Characters that XML cannot hold as U+FFFD, also where they are written as numbers."""
    text, n_raw = NOT_XML.subn("\ufffd", text)
    n_written = 0

    def checked(found: re.Match[str]) -> str:
        nonlocal n_written
        number = int(found[1], 16) if found[1] else int(found[2])
        if number <= 0x10FFFF and not NOT_XML.match(chr(number)):
            return found[0]
        n_written += 1
        return "\ufffd"

    text = _REFERENCE.sub(checked, text)
    if n_raw + n_written:
        changes.append(f"{_n(n_raw + n_written, 'character')} that XML cannot hold replaced")
    text, n_bare = _BARE_AMPERSAND.subn("&amp;", text)
    if n_bare:
        changes.append(f"{_n(n_bare, 'bare ampersand')} escaped")
    return text


def _rebuilt(text: str, changes: list[str]) -> str:
    """A tree of the tags that are there. Tags below `MAX_DEPTH` are written as text."""
    rebuild = _Rebuild()
    for token in _TOKEN.finditer(text):
        rebuild.take(token[0])
    document = rebuild.close()
    changes += rebuild.changes()
    return document or f"<info>{escape(text)}</info>"


class _Rebuild:
    """Writes a document anew from its tags and texts, so that it is well-formed. Attributes,
    which descriptions of streams do not use, are left out."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[str] = []
        self._n_open: Counter[str] = Counter()
        self._n_deep = self._n_names = self._n_stray = self._n_attributes = 0

    def take(self, token: str) -> None:
        tag = _TAG.fullmatch(token)
        if tag is None:
            self._text(token)
        elif tag[1]:
            self._end(tag[2])
        else:
            self._start(tag[2], tag[3].removesuffix("/").strip())
            if tag[3].endswith("/"):
                self._end(tag[2])

    def changes(self) -> list[str]:
        counted = {
            f"{_n(self._n_deep, 'tag')} below level {MAX_DEPTH} kept as text": self._n_deep,
            f"{_n(self._n_names, 'tag name')} changed": self._n_names,
            f"{_n(self._n_attributes, 'attribute list')} left out": self._n_attributes,
            f"{_n(self._n_stray, 'unmatched tag')} closed or left out": self._n_stray,
        }
        return [what for what, count in counted.items() if count]

    def close(self) -> str:
        """The document; empty where there was no tag."""
        while self._open:
            self._n_stray += 1
            self._pop()
        return "".join(self._out)

    def _text(self, text: str) -> None:
        if text.startswith(_CDATA[0]):
            text = text.removeprefix(_CDATA[0]).removesuffix(_CDATA[1])
        elif text.startswith(("<!", "<?")):
            return
        if self._open and text.strip():
            self._out.append(text.replace("<", "&lt;").replace(">", "&gt;"))

    def _start(self, name: str, attributes: str) -> None:
        if not self._open and self._out:  # a second root
            self._n_stray += 1
            return
        if len(self._open) < MAX_DEPTH:
            self._n_names += _tag_name(name) != name
            self._n_attributes += bool(attributes)
            self._out.append(f"<{_tag_name(name)}>")
        else:
            self._n_deep += 1
            self._out.append(escape(f"<{name}>"))
        self._open.append(name)
        self._n_open[name] += 1

    def _end(self, name: str) -> None:
        if not self._n_open[name]:
            self._n_stray += 1
            return
        while self._pop() != name:
            self._n_stray += 1

    def _pop(self) -> str:
        name = self._open.pop()
        self._n_open[name] -= 1
        is_deep = len(self._open) >= MAX_DEPTH
        self._out.append(escape(f"</{name}>") if is_deep else f"</{_tag_name(name)}>")
        return name


def _tag_name(name: str) -> str:
    """`name` as a name of XML, without namespaces."""
    name = _NOT_NAME.sub("_", name)
    return name if _NAME_START.match(name) else f"_{name}"


def _n(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
