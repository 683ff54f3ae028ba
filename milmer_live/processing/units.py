"""Units of voltage, as devices and files spell them."""

from __future__ import annotations

_VOLTS = {"v": 1e6, "mv": 1e3, "uv": 1.0, "nv": 1e-3}
_WORDS = {"volt": "v", "millivolt": "mv", "microvolt": "uv", "nanovolt": "nv"}
_MICRO_SIGNS = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"})


def microvolts(unit: str) -> float | None:
    """Factor from `unit` to µV, or None where it is not a voltage."""
    bare = unit.strip().translate(_MICRO_SIGNS).lower()
    return _VOLTS.get(_WORDS.get(bare.removesuffix("s"), bare))
