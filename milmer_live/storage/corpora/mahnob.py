"""MAHNOB-HCI: EEG and face video of 27 people and 20 clips (Soleymani et al. 2012).

`Sessions/ID/session.xml` says what a session is; ones without ratings are no emotion trials. The
clip lies between the first two changes of the BDF file's Status channel.
"""

from __future__ import annotations

import re
import warnings
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from milmer_live.errors import DatasetError, MilmerError, reading
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Label, Recording
from milmer_live.storage.corpora.arrays import checked, trial_recording
from milmer_live.storage.corpora.loader import Contents
from milmer_live.storage.dataset import RecordingRef

NAME = "MAHNOB-HCI"
LEAD_S = 8.0  # before the clip, so that filters are settled when it begins
MOST_XML = 1 << 20
_EEG = re.compile(r"Part_\d+_S_Trial\d+_emotion\.bdf")
_CODE = 0xFF  # of the Status channel: what is above is the amplifier's own


def find(path: Path) -> Path | None:
    for root in (path / "Sessions", path):
        if root.is_dir() and next(root.glob("*/session.xml"), None) is not None:
            return root
    return None


def load(root: Path) -> Contents:
    refs: list[RecordingRef] = []
    problems: list[str] = []
    for card in sorted(root.glob("*/session.xml"), key=lambda one: (len(one.parent.name), one)):
        try:
            ref = _ref(card, problems)
        except MilmerError as error:
            problems.append(str(error))
            continue
        if ref is not None:
            refs.append(ref)
    return Contents(tuple(refs), tuple(problems))


def open_trial(
    path: Path, participant: str, label: Label, film: tuple[Path, float] | None
) -> Recording:
    """From 8 s before the clip to its end, at the file's own rate. `film` begins at that second
    of the clip's start. Raises DatasetError."""
    with reading(path, DatasetError, "Get the file again."):
        raw = _raw(path)
        rate = float(raw.info["sfreq"])
        first, last = _clip(path, raw)
        begin = max(0, first - round(LEAD_S * rate))
        names = {name.lower(): name for name in raw.ch_names}
        missing = [name for name in MODEL_CHANNELS if name.lower() not in names]
        if missing:
            raise DatasetError(f"{path} has no channel {', '.join(missing)}.")
        picks = [names[name.lower()] for name in MODEL_CHANNELS]
        volts = raw.get_data(picks=picks, start=begin, stop=last)
        eeg = checked(path, label.trial, (volts * 1e6).T, MODEL_CHANNELS)
    info = EEGInfo(f"{NAME} {participant}", participant, MODEL_CHANNELS, rate)
    start = (first - begin) / rate
    placed = Label(start, (last - begin) / rate, label.valence, label.arousal, label.trial)
    video, offset_s = film if film is not None else (None, 0.0)
    return trial_recording(info, eeg, participant, placed, video=video, video_s=start + offset_s)


def _ref(card: Path, problems: list[str]) -> RecordingRef | None:
    """None for a session that is no emotion trial."""
    session = _xml(card)
    if session.get("isStim") == "0" or not session.get("feltArsl") or not session.get("feltVlnc"):
        return None
    subject = session.find("subject")
    number = _number(card, subject.get("id") if subject is not None else None, "subject id")
    valence = _number(card, session.get("feltVlnc"), "feltVlnc")
    arousal = _number(card, session.get("feltArsl"), "feltArsl")
    if not (1 <= valence <= 9 and 1 <= arousal <= 9):
        raise DatasetError(f"{card}: it is rated {valence:g} and {arousal:g}, not from 1 to 9.")
    eeg = next((one for one in sorted(card.parent.iterdir()) if _EEG.fullmatch(one.name)), None)
    if eeg is None:
        problems.append(f"{card.parent} has ratings and no EEG, and is left out.")
        return None
    film = _film(card, session)
    participant = f"person{number:02.0f}"
    name = f"{participant}/session{card.parent.name}"
    label = Label(0.0, 0.0, valence, arousal, name)
    return RecordingRef(
        participant=participant,
        name=name,
        open=partial(open_trial, eeg, participant, label, film),
        has_video=film is not None,
        label=label,
        video=film[0] if film is not None else None,
        stimulus=session.get("mediaFile", ""),
    )


def _film(card: Path, session: ElementTree.Element) -> tuple[Path, float] | None:
    """The colour film of the face, and where it begins: at `vidBeginSmp` of its own frames the
    clip starts."""
    rate, begin = session.get("vidRate"), session.get("vidBeginSmp")
    for track in session.iter("track"):
        name = track.get("filename", "")
        path = card.parent / Path(name).name
        if track.get("type", "").lower() == "video" and "C1" in name and path.is_file():
            if not rate or not begin:
                return path, 0.0
            return path, -_number(card, begin, "vidBeginSmp") / _number(card, rate, "vidRate")
    return None


def _number(card: Path, text: str | None, what: str) -> float:
    try:
        value = float(text or "nan")
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise DatasetError(f"{card}: its {what} is '{(text or '')[:20]}', which is no number.")
    return value


def _xml(card: Path) -> ElementTree.Element:
    with reading(card, DatasetError, "Get the file again."):
        if card.stat().st_size > MOST_XML:
            raise DatasetError(f"{card} is too large for the card of a session.")
        return ElementTree.fromstring(card.read_bytes())


def _raw(path: Path) -> Any:
    import mne

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mne.io.read_raw_bdf(path, preload=False, verbose="error")


def _clip(path: Path, raw: Any) -> tuple[int, int]:
    """First sample of the clip and the one behind its last."""
    names = [name.lower() for name in raw.ch_names]
    if "status" not in names:
        raise DatasetError(f"{path} has no Status channel, so the clip is not known.")
    codes = np.rint(raw.get_data(picks=[names.index("status")])[0]).astype(np.int64) & _CODE
    events = np.flatnonzero((np.diff(codes, prepend=codes[:1]) != 0) & (codes != 0))
    if len(events) < 2:
        raise DatasetError(f"{path} has {len(events)} events; a clip lies between two.")
    return int(events[0]), int(events[1])
