"""Collects the window's texts into Qt's translation files: `make translations`.

A text is whatever stands in `tr("…")` or `mark("…")`, and the description of a setting. What
translators wrote stays; a text that is gone from the program goes from the files too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from milmer_live.catalogue import Code, EventKind
from milmer_live.paths import PACKAGE
from milmer_live.ui.language.engine_words import IN_WINDOW
from milmer_live.ui.state.preferences import (
    described,
    parts,
)

CONTEXT = "milmer_live"
FUNCTIONS = {"tr", "mark"}
LANGUAGES = ("de",)


def texts(folder: Path = PACKAGE / "ui") -> list[str]:
    """All texts of the window, sorted: those in its code, those of the catalogue, and what its
    settings are called."""
    found = {one.words for _, kind in parts() for one in described(kind)}
    found.update(
        IN_WINDOW.get(code, code.value) for code in (*EventKind, *Code) if not code.is_frame
    )
    for file in folder.rglob("*.py"):
        found.update(_texts(ast.parse(file.read_text(encoding="utf-8"))))
    return sorted(found)


def read(file: Path) -> dict[str, str]:
    """What is translated already."""
    if not file.exists():
        return {}
    messages = ET.parse(file).getroot().iter("message")
    pairs = ((one.findtext("source") or "", one.findtext("translation") or "") for one in messages)
    return {source: target for source, target in pairs if target}


def write(file: Path, language: str, translated: dict[str, str]) -> list[str]:
    """The texts of the program with what is translated of them; those that are not."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    missing = []
    for text in texts():
        message = ET.SubElement(context, "message")
        ET.SubElement(message, "source").text = text
        target = ET.SubElement(message, "translation")
        target.text = translated.get(text)
        if text not in translated:
            target.set("type", "unfinished")
            missing.append(text)
    ET.indent(root, " ")
    file.parent.mkdir(parents=True, exist_ok=True)
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    file.write_text(head + ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")
    return missing


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in FUNCTIONS
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.args[0].value


def main(folder: Path) -> None:
    for language in LANGUAGES:
        file = folder / f"milmer_{language}.ts"
        missing = write(file, language, read(file))
        for text in missing:
            sys.stdout.write(f"{language}: not translated: {text}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
