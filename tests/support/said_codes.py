"""All places of the program that make an event or a sentence from the catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from milmer_live.catalogue import Code, EventKind
from milmer_live.messages import Words
from milmer_live.paths import PACKAGE

FAMILIES = {"EventKind": EventKind, "Code": Code}
# What such calls fill in by themselves.
OF_SOURCE = frozenset({"source", "kind"})
FILLED = {
    "Message": frozenset[str](),
    "Event": frozenset({"source"}),
    "note": frozenset({"source"}),
    "tell": OF_SOURCE,
    "_tell": OF_SOURCE,
    "_note": OF_SOURCE,
    "_event": OF_SOURCE,
}


@dataclass(frozen=True)
class Said:
    """`values` are the names of what is given to `code`; None where they are not written there."""

    where: str
    code: Words
    values: frozenset[str] | None
    filled: frozenset[str]


def mentioned() -> set[Words]:
    """The codes that the program names outside of the catalogue and the window's words."""
    return {
        FAMILIES[node.value.id][node.attr]
        for _, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in FAMILIES
    }


def said_codes() -> Iterator[Said]:
    """Each call that is given a code by name."""
    for file, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in FILLED:
                for code in _codes(node):
                    where = f"{file}:{node.lineno}"
                    yield Said(where, code, _values(node), FILLED[_called(node)])


@cache
def _trees() -> list[tuple[str, ast.Module]]:
    return list(_parsed())


def _parsed() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if "language" not in file.parts and file.name != "catalogue.py":
            yield str(file.relative_to(PACKAGE)), ast.parse(file.read_text(encoding="utf-8"))


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _codes(node: ast.Call) -> list[Words]:
    """One, or two where it depends."""
    given = [one for arg in node.args for one in _either(arg)]
    return [
        FAMILIES[one.value.id][one.attr]
        for one in given
        if isinstance(one, ast.Attribute)
        and isinstance(one.value, ast.Name)
        and one.value.id in FAMILIES
    ]


def _either(node: ast.expr) -> list[ast.expr]:
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def _values(node: ast.Call) -> frozenset[str] | None:
    if _called(node) != "Event":
        names = [one.arg for one in node.keywords]
        return None if None in names else frozenset(name for name in names if name)
    given = [one.value for one in node.keywords if one.arg == "values"] + node.args[3:4]
    if not given:
        return frozenset()
    if not isinstance(given[0], ast.Dict):
        return None
    return frozenset(str(getattr(key, "value", "")) for key in given[0].keys)
