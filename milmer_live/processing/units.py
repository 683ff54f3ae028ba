"""Units of voltage, as devices and files spell them."""

from __future__ import annotations

_PREFIXES = {1e6: ("",), 1e3: ("m", "milli"), 1.0: ("u", "micro"), 1e-3: ("n", "nano")}
_POWERS = {1e3: ("10^-3 ", "1e-3 "), 1.0: ("10^-6 ", "1e-6 "), 1e-3: ("10^-9 ", "1e-9 ")}
_VOLTS = {
    f"{prefix}{unit}": factor
    for table in (_PREFIXES, _POWERS)
    for factor, prefixes in table.items()
    for prefix in prefixes
    for unit in ("v", "volt", "volts")
}
_MICRO_SIGNS = ("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")
# As they are where some program took their UTF-8 for Latin-1: "ÂµV".
_MISREAD = tuple(sign.encode().decode("latin-1") for sign in _MICRO_SIGNS)


def microvolts(unit: str) -> float | None:
    """Factor from `unit` to µV, or None where it is not a voltage."""
    bare = unit.strip()
    for sign in (*_MISREAD, *_MICRO_SIGNS):
        bare = bare.replace(sign, "u")
    return _VOLTS.get(bare.lower())
