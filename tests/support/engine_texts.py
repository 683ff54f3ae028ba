"""All that the engine can say in sentences, gathered from its code, as a window may have to show
it: what to look through for texts without German."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from milmer_live.paths import PACKAGE

ROOMS = ("live", "acquisition", "processing")
# Of `milmer-live demo`, `replay`, `predict` and training, which say it where they are typed.
ELSEWHERE = {
    "demo.py",
    "playlist.py",
    "timeline.py",
    "replay.py",
    "frame_replay.py",
    "rerun.py",
}
ENDS = (".", "?", "…")
# What only a programmer sees, and what describes a field.
SILENT = {"log", "RuntimeError", "TypeError", "AssertionError", "Field", "compile", "Event"}
# Calls that make an event of their text, which need be no sentence.
TELL = {"tell", "_tell", "say", "_say"}


def engine_texts() -> Iterator[tuple[str, str]]:
    """Where a text is said, and one that it may be."""
    for room in ROOMS:
        for file in sorted((PACKAGE / room).rglob("*.py")):
            if file.name not in ELSEWHERE and "synthetic" not in file.parts:
                for line, text in _said(file):
                    yield f"{room}/{file.name}:{line}", text


def _said(file: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    silent = {id(inner) for node in ast.walk(tree) if _is_silent(node) for inner in ast.walk(node)}
    silent |= {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    told = {id(one) for node in ast.walk(tree) if _called(node) in TELL for one in _arguments(node)}
    for node in ast.walk(tree):
        text = _example(node)
        if id(node) in silent or " " not in text.strip():
            continue
        if _is_sentence(text) or id(node) in told:
            yield node.lineno, text  # type: ignore[attr-defined]


def _is_sentence(text: str) -> bool:
    return text.endswith(ENDS) and (text[0].isupper() or text[0] in "'7")


def _is_silent(node: ast.AST) -> bool:
    """Documentation and what is for programmers, with all that is in it."""
    is_text_alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text_alone or _called(node) in SILENT


def _arguments(node: ast.AST) -> list[ast.expr]:
    return node.args if isinstance(node, ast.Call) else []


def _called(node: ast.AST) -> str:
    """`tell` of `self.tell(…)`, `log` of `log.exception(…)`; empty where nothing is called."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value
        is_log = isinstance(owner, ast.Name) and owner.id == "log"
        return "log" if is_log else node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _example(node: ast.AST) -> str:
    """A text with 7 for whatever is filled in; a sentence where one comes before a sentence."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = [str(one.value) if isinstance(one, ast.Constant) else "7" for one in node.values]
    if parts[0] == "7" and len(parts) > 1 and parts[1].startswith(" ") and parts[1][1:2].isupper():
        parts[0] = "7."
    return "".join(parts)
