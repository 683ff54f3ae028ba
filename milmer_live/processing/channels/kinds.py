"""What a channel measures, by what its sender says of it: EEG, or one of what comes beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from milmer_live.processing.channels.site_names import is_site

Kind = Literal[
    "EEG", "EOG", "ECG", "EMG", "GSR", "PPG", "respiration", "temperature", "motion", "gaze",
    "trigger", "counter", "time", "battery", "reference", "other",
]  # fmt: skip

_BY_TYPE: dict[Kind, str] = {
    "EOG": "eog|veog|heog",
    "ECG": "ecg|ekg",
    "EMG": "emg",
    "GSR": "gsr|eda|scl?|scr",
    "PPG": "ppg|bvp|pleth.*|spo2",
    "respiration": "resp.*|breath.*|rip",
    "temperature": "temp.*",
    "motion": "acc.*|gyro?.*|mag.*|imu|motion|orn|quat.*",
    "gaze": "gaze|pupil.*|screen[xyz]|eye.*|position[xyz]|confidence|diameter",
    "trigger": "trig.*|stim.*|markers?|din|status|event.*|digital",
    "counter": "count.*|cnt|sample.*|packet.*",
    "time": "time.*",
    "battery": "bat.*",
    "reference": "ref|gnd|ground|drl|cms",
    "other": "aux.*|misc|other|meg|f?nirs.*|hb[ort]|bip.*|ext|telemetry|(contact[ _-]?)?quality|cq"
    "|pm|audio",
}
_BY_UNIT: dict[Kind, str] = {
    "trigger": "code|trigger( values?)?|counts? \\(decimal\\)|uint(8|16|32)|bits?",
    "time": "s|ms|us|sec|seconds?|milliseconds?",
    "motion": "m?g|dps|deg/s|°/s|m/s\\^?2|m/s²|ut|gauss",
    "temperature": "°c|degc|celsius",
    "GSR": "[uµμ]s|microsiemens|siemens",
    "PPG": "mmhg",
    "other": "k?ohms?|%|percent|bpm|hz|pixels?|screencoords|lux|db",
}
_BY_NAME: dict[Kind, str] = {
    "EOG": ".*eog.*|[hv]eo[lrud]?|loc|roc",
    "ECG": ".*e[ck]g.*",
    "EMG": ".*emg.*|chin|leg[lr]?",
    "GSR": "gsr\\d*|eda\\d*|scl?|erg",
    "PPG": "ppg.*|pleth.*|bvp\\d*|pulse|spo2|hr",
    "respiration": "resp.*|belt",
    "temperature": "(skin[ _-]?)?temp.*|therm.*",
    "motion": "(acc(el(erometer)?)?|gyr(o(scope)?)?|mag(netometer)?|imu|quat)[ _-]?[xyzw\\d]*"
    "|q[0-3]",
    "gaze": "gaze.*|pupil.*",
    "trigger": "trig(ger)?s?.*|trg|\\w*stim\\w*|sti ?\\d+|din\\d*|status|events?"
    "|(hardware|event)?markers?|mkidx|digital.*|ttl.*|code|pib\\d*_?trig.*",
    "counter": ".*counter|cnt|interpolated?|sample ?(index|number|nr)|sampleindex|packet.*|seq.*",
    "time": "time ?stamps?|time|lsl.?time.*",
    "battery": "batt?(ery.*)?|battery",
    "reference": "ref\\d*|gnd|ground|drl|cms|cm",
    "other": "(right |left )?aux[ _-]?.*|exg?[ _-]?\\d+|bip\\d*|pib\\d*|misc.*|audio|nc|n/?a"
    "|validation ?indicator|not.?used|unused",
}


def _compiled(table: dict[Kind, str]) -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in table.items())


_TYPES, _UNITS, _NAMES = map(_compiled, (_BY_TYPE, _BY_UNIT, _BY_NAME))


def kind_by_type(text: str) -> Kind | None:
    """What a stream's or a channel's type says: None where it is not known, or nothing."""
    return "EEG" if text.strip().lower() == "eeg" else _found(_TYPES, text)


def channel_kinds(
    labels: Sequence[str], types: Sequence[str], units: Sequence[str], stream_type: str = ""
) -> tuple[Kind, ...]:
    """The kind of each channel of a stream that is said to be EEG.

    A label that names a site is EEG, whatever type is stated, where that is one type for all
    channels; and so a label of something else goes before the type, and a unit, such as seconds.
    Where some are said to be EEG and others something else, that is what those are. What says
    nothing of itself is EEG where no other channel says that it is. Of a stream that says of
    itself (`stream_type`) that it is something else, that is what channels are which do not say
    more: "C1" of an eye tracker is no electrode.
    """
    says_eeg = any(kind_by_type(text) == "EEG" for text in types)
    rows = zip(labels, types, units, strict=True)
    found = tuple(_kind(*row, says_eeg=says_eeg) for row in rows)
    stream = kind_by_type(stream_type)
    if says_eeg or stream in (None, "EEG"):
        return found
    return tuple(stream if kind == "EEG" else kind for kind in found)


def _kind(label: str, stated: str, unit: str, *, says_eeg: bool) -> Kind:
    by_type = kind_by_type(stated)
    if says_eeg and by_type not in (None, "EEG"):
        return by_type
    if is_site(label):
        return "EEG"
    by_name = _found(_NAMES, label) or _found(_UNITS, unit)
    if by_name is not None:
        return by_name
    if by_type is not None:
        return by_type
    return "other" if says_eeg else "EEG"


def _found(table: Sequence[tuple[Kind, re.Pattern[str]]], text: str) -> Kind | None:
    bare = text.strip()
    return next((kind for kind, words in table if words.fullmatch(bare)), None)
