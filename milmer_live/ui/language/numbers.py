"""Numbers as the chosen language writes them."""

from __future__ import annotations

from PySide6.QtCore import QLocale


def number(value: float, form: str = "g") -> str:
    """`value` in Python's format `form`, with the language's signs: 1,234.5 or 1.234,5."""
    return in_language(format(value, form))


def in_language(numbers: str) -> str:
    """A text that holds nothing but numbers as Python writes them."""
    locale = QLocale()
    signs = {ord(","): locale.groupSeparator(), ord("."): locale.decimalPoint()}
    return numbers.translate(signs)
