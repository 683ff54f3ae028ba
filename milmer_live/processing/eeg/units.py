"""Units of voltage, as devices and files spell them."""

from __future__ import annotations

import re

from milmer_live.errors import ConfigError

_PREFIXES = {1e6: ("",), 1e3: ("m", "milli"), 1.0: ("u", "micro"), 1e-3: ("n", "nano")}
_SPELLED = {
    f"{prefix}{unit}": factor
    for factor, prefixes in _PREFIXES.items()
    for prefix in prefixes
    for unit in ("v", "volt", "volts")
}
_SCALED = {
    f"{power}{unit}": factor
    for factor, powers in {
        1e3: ("10^-3", "1e-3"), 1.0: ("10^-6", "1e-6"), 1e-3: ("10^-9", "1e-9"),
    }.items()
    for power in powers
    for unit in ("v", "volt", "volts")
}  # fmt: skip
# mne-lsl states the unit of a channel as the power of ten of its SI unit.
_POWERS = {"0": 1e6, "-3": 1e3, "-6": 1.0, "-9": 1e-3}
_MICRO_SIGNS = ("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")
# As they are where some program took their bytes for Latin-1: "ÂµV"; in Japan and China "\x83\xcaV"
# and "¦ÌV".
_MISREAD = (
    *(sign.encode().decode("latin-1") for sign in _MICRO_SIGNS),
    *(_MICRO_SIGNS[1].encode(code).decode("latin-1") for code in ("shift_jis", "gb2312")),
)
_BETWEEN = re.compile(r"[\s_-]+")  # as in "micro-volts"

# Types of channels that are measured in volts; others may state a power of ten of their own unit.
_ELECTRIC = frozenset({"", "eeg", "eog", "ecg", "ekg", "emg", "exg", "ecog", "seeg", "ref"})
_NOT_STATED = frozenset({"", "none", "n/a", "na", "nan", "null", "unknown", "undefined", "-", "?"})


def microvolts(unit: str) -> float | None:
    """Factor from `unit` to µV, or None where it is not a voltage. A bare power of ten is of
    volts: "-6" is µV."""
    bare = unit.strip()
    for sign in (*_MISREAD, *_MICRO_SIGNS):
        bare = bare.replace(sign, "u")
    bare = bare.lower()
    if bare in _POWERS:
        return _POWERS[bare]
    return _SCALED.get(bare.replace(" ", ""), _SPELLED.get(_BETWEEN.sub("", bare)))


def channel_microvolts(kind: str, unit: str) -> float | None:
    """Factor to µV of a channel of type `kind`, None where it is not stated or not a voltage.
    A bare power of ten is of volts only where the type is measured in volts: it is of
    something else for an accelerometer."""
    if unit.strip() in _POWERS and kind.strip().lower() not in _ELECTRIC:
        return None
    return microvolts(unit)


def is_stated(unit: str) -> bool:
    """Whether `unit` says anything: "none" and the like do not."""
    return unit.strip().lower() not in _NOT_STATED


def voltage(unit: str) -> str:
    """`unit` as a user has said it. Raises ConfigError where it is no voltage."""
    if microvolts(unit) is None:
        raise ConfigError(f"'{unit}' is no unit of voltage.", "Write uV, mV, V or nV.")
    return unit.strip()
