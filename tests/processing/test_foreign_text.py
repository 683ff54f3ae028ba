"""Texts and descriptions of other programs: whatever the bytes are, they can be read."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milmer_live.processing.foreign_text import MAX_DEPTH, clean_xml, decoded


@pytest.mark.parametrize(
    ("raw", "text", "is_utf8"),
    [
        ("Übung".encode(), "Übung", True),
        ("Übung".encode("latin-1"), "Übung", False),
        ("Preis 5 €".encode("cp1252"), "Preis 5 €", False),
        ("x".encode("utf-16-le"), "x\0", True),
        (b"\xff\xfex\0", "ÿþx\0", False),
        (b"", "", True),
        (b"a\0b", "a\0b", True),
        (b"\x81\x8d\x8f\x90\x9d\x80", "\x81\x8d\x8f\x90\x9d€", False),
        (b"\xed\xa0\x80", "\u00ed\u00a0€", False),
    ],
)
def test_a_text_is_utf8_or_cp1252(raw: bytes, text: str, is_utf8: bool) -> None:
    assert decoded(raw) == (text, is_utf8)


@given(st.binary())
def test_every_text_is_read(raw: bytes) -> None:
    text, is_utf8 = decoded(raw)
    assert text.encode() == raw if is_utf8 else len(text) == len(raw)


GOOD = "<info><name>amp</name><desc><co>A &amp; B</co></desc></info>"


@pytest.mark.parametrize(
    "raw",
    [
        GOOD,
        f'<?xml version="1.0"?>\n{GOOD}\n',
        f'\n\n<?xml version="1.0" encoding="foo"?>{GOOD}',
        f"\ufeff{GOOD}",
        b"\xef\xbb\xbf" + GOOD.encode(),
        f'\ufeff<?xml version="1.0" encoding="UTF-16"?>{GOOD}',
    ],
)
def test_what_is_good_stays_as_it_is(raw: bytes | str) -> None:
    cleaned = clean_xml(raw)
    assert (cleaned.text, cleaned.changes) == (GOOD, ())


def described(inner: str) -> str:
    return f"<info><name>amp</name><desc>{inner}</desc></info>"


@pytest.mark.parametrize(
    ("inner", "path", "value", "changes"),
    [
        ("<s>A\x03\x1f</s>", "s", "A\ufffd\ufffd", "2 characters that XML cannot hold replaced"),
        ("<s>A&#3;</s>", "s", "A\ufffd", "1 character that XML cannot hold replaced"),
        ("<s>A&#x1F;&#xd800;</s>", "s", "A\ufffd\ufffd", "2 characters that XML cannot hold repl"),
        ("<s>A&#1114112;</s>", "s", "A\ufffd", "1 character that XML cannot hold replaced"),
        ("<s>A & B</s>", "s", "A & B", "1 bare ampersand escaped"),
        ("<s>A&nbsp;B &#; &x</s>", "s", "A&nbsp;B &#; &x", "3 bare ampersands escaped"),
        ("<2nd>A</2nd>", "_2nd", "A", "1 tag name changed"),
        ("<a:b>A</a:b>", "a_b", "A", "1 tag name changed"),
        ('<b xmlns="urn:x">A</b>', "b", "A", "1 attribute list left out"),
        ("<a><b>A</a>", "a/b", "A", "1 unmatched tag closed"),
        ("<a>A</a></b>", "a", "A", "1 unmatched tag closed or left out"),
        ("<a>1 < 2 </a>", "a", "1 < 2 ", ""),
        ("<a><![CDATA[1 & 2]]></a><b>&", "a", "1 & 2", "bare ampersand"),
    ],
)
def test_what_is_no_xml_is_mended_and_said(inner: str, path: str, value: str, changes: str) -> None:
    cleaned = clean_xml(described(inner))
    found = ElementTree.fromstring(cleaned.text)
    assert found.findtext("name") == "amp"
    assert found.findtext(f"desc/{path}") == value
    assert changes in "; ".join(cleaned.changes)


def test_each_text_of_a_description_has_an_encoding_of_its_own() -> None:
    raw = b"<info><a>" + "Müller".encode("latin-1") + b"</a><b>" + "µV €".encode() + b"</b></info>"
    cleaned = clean_xml(raw)
    assert cleaned.text == "<info><a>Müller</a><b>µV €</b></info>"
    assert cleaned.changes == ("1 text read as cp1252",)


def test_tags_that_are_too_deep_are_kept_as_text() -> None:
    cleaned = clean_xml(described("\n <n>" * 5000 + "<x>bottom</x>" + "</n>\n" * 5000))
    assert cleaned.changes == (
        f"{5001 - (MAX_DEPTH - 2)} tags below level {MAX_DEPTH} kept as text",
    )
    found = ElementTree.fromstring(cleaned.text)
    deepest = found.find("desc" + "/n" * (MAX_DEPTH - 2))
    assert deepest is not None
    assert deepest.text is not None
    assert deepest.text.startswith("<n><n>")
    assert "<x>bottom</x>" in deepest.text
    assert ElementTree.tostring(found)


@pytest.mark.parametrize("raw", [b"", b"no tags at all & more", b"<", b">", b"<>", b"<!--", b"\0"])
def test_what_holds_no_element_becomes_one(raw: bytes) -> None:
    assert ElementTree.fromstring(clean_xml(raw).text).tag == "info"


PIECES = st.sampled_from(
    ["<a>", "</a>", "<b/>", "<", ">", "&", "&amp;", "&#3;", "<![CDATA[", "]]>", "<!--", "-->", "é",
     "<?x?>", "\0", "\ufffe", "\ud800", "]]", "<a:b x='1'>", "<2 y>", "text", "<!DOCTYPE a>",
     "<xml>", "\ufeff"]
)  # fmt: skip


@given(st.one_of(st.binary(), st.text(), st.lists(PIECES, max_size=40).map("".join)))
def test_whatever_it_is_it_can_be_parsed_and_cleaning_it_again_changes_nothing(
    raw: bytes | str,
) -> None:
    text = clean_xml(raw).text
    ElementTree.fromstring(text)
    assert clean_xml(text).text == text


LONG = {
    "flat": described("<c><l>x</l></c>" * 300_000),
    "open": described("<n>" * 300_000),
    "crossed": described("<n>" * 300_000 + "</m>" * 300_000),
    "tag": "<" + "a" * 5_000_000,
    "comments": "<!--" * 1_200_000,
    "attribute": "<a " + "b" * 5_000_000 + ">&",
    "references": "&#" * 2_500_000,
    "cdata": "<![CDATA[" * 500_000,
    "control": "\x03" * 5_000_000,
}


@pytest.mark.parametrize("raw", LONG.values(), ids=LONG)
def test_five_megabytes_take_no_more_than_their_share(raw: str) -> None:
    began = time.perf_counter()
    assert clean_xml(raw).text
    assert time.perf_counter() - began < 15.0
