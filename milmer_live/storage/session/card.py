"""`session.json`: who and when, with what settings, devices and model, under which consent."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import psutil
from pydantic import Field, JsonValue, field_validator

from milmer_live.config import Frozen, Preprocessing, RecordingSettings, validated
from milmer_live.errors import ConfigError, RecordingError, StorageLost, reading
from milmer_live.processing.channels.electrodes import ANATOMICAL
from milmer_live.samples import CameraInfo
from milmer_live.storage.session.balance import (
    StreamBalance,
    VisibleStream,
    Written,
    short_streams,
)
from milmer_live.storage.xdf.header import (
    StreamHeader,
    parse_header,
)
from milmer_live.system.private_files import open_private

CARD_NAME = "session.json"
XDF_NAME = "session.xdf"
READ_EQUAL = "equal"
MOST_BYTES = 64 << 20
LIBRARIES = (
    *("milmer-live", "numpy", "pylsl", "brainflow", "av", "opencv-contrib-python"),
    *("torch", "mediapipe"),
)


class Device(Frozen):
    """A source of the session as it presented itself."""

    kind: Literal["EEG", "signal", "camera", "markers"]
    name: str
    source_id: str = ""
    spec: str = Field("", description="what the user asked for, such as lsl:NAME")
    channel_names: tuple[str, ...] = ()
    sample_rate: float = 0.0
    unit: str = ""
    pictures: CameraInfo | None = Field(None, description="of a camera: how they were made")


class Model(Frozen):
    """The model that made the predictions: its card and the hash of its weights."""

    name: str
    sha256: str = ""
    card: dict[str, JsonValue] = Field({}, description="as it lies beside the weights")


class Writer(Frozen):
    """The process that wrote a session."""

    host: str = ""
    pid: int = 0
    started: float = Field(0.0, description="Unix time")

    @staticmethod
    def here() -> Writer:
        process = psutil.Process()
        return Writer(host=platform.node(), pid=process.pid, started=process.create_time())


class Plan(Frozen):
    """What is known of a session before it starts."""

    participant: str = Field(max_length=64, description="letters and digits, as BIDS has it")
    name: str = Field("", max_length=64, description="what the experimenter calls the session")
    recording: RecordingSettings = RecordingSettings()
    preprocessing: Preprocessing = Preprocessing()
    settings: dict[str, JsonValue] = Field({}, description="all else that was set")
    model: Model | None = None

    @field_validator("participant")
    @classmethod
    def _as_bids_has_it(cls, name: str) -> str:
        if not re.fullmatch("[A-Za-z0-9]+", name):
            raise ValueError(f"'{name}' has to be letters and digits alone, such as P01")
        return name


class SessionCard(Frozen):
    """All of `session.json`. `ended` is empty while the session runs, and stays so when the
    program was killed; `continues` names the folder of the part before this one.

    `balance` is kept up to date while the session runs: where `ended` is empty it is the last
    one known. A session of an older version has none. `read_back` is "equal" where the closed
    file was read and has what the balance says, else the difference; empty: not read back.
    """

    format_version: Literal[1] = 1
    session: str = Field(max_length=255, description="the name of its folder; never a path")
    started: str = Field(description="UTC, ISO 8601")
    started_lsl: float = Field(description="the same moment on the clock of the streams")
    writer: Writer = Writer()
    ended: str = ""
    end_reason: str = ""
    continues: str = ""
    plan: Plan
    devices: tuple[Device, ...] = ()
    channel_map: dict[str, str] = Field({}, description="model channel -> channel of the device")
    montage: str = Field(ANATOMICAL, description="where the channels are on the head")
    artifact_matrix: tuple[tuple[float, ...], ...] | None = Field(
        None, description="(32, 32), what ICA last applied to the model's channels"
    )
    samples: dict[str, int] = Field({}, description="of each stream")
    written: dict[int, Written] = Field({}, description="to each stream of session.xdf")
    lost: dict[str, int] = Field({}, description="of each stream, marked as gaps")
    balance: tuple[StreamBalance, ...] = Field((), description="of each stream asked for")
    balanced: str = Field("", description="when the balance was drawn up, UTC; empty: it has none")
    troubles: tuple[str, ...] = Field((), description="of the recording itself, such as the disk")
    read_back: str = ""
    visible: tuple[VisibleStream, ...] | None = Field(
        None, description="all streams that could be seen when it began; None: not looked for"
    )
    streams: dict[int, str] = Field({}, description="headers of the XDF file, for its repair")
    versions: dict[str, str] = Field({}, description="of the program and its libraries")

    @field_validator("session")
    @classmethod
    def _no_path(cls, session: str) -> str:
        """Files that are made from a session are called after it."""
        odd = {*"/\\", *map(chr, range(32))} & set(session)
        if odd or not session.strip(". "):
            raise ValueError("it must be the name of a folder, not a path")
        return session

    @property
    def participant(self) -> str:
        return self.plan.participant

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """What keeps the session from being whole, in sentences; empty where it is whole, and
        where it has no balance."""
        short = tuple(one.sentence for one in short_streams(self.balance))
        differs = self.read_back if self.read_back not in ("", READ_EQUAL) else ""
        return (*short, differs) if differs else short


def make_plan(values: Mapping[str, object]) -> Plan:
    """Raises ConfigError in one sentence, such as for a participant called "../x"."""
    return validated(Plan, dict(values), "The session")


def new_card(
    plan: Plan, session: str, started: datetime, now: float, continues: str = ""
) -> SessionCard:
    return SessionCard(
        session=session,
        started=started.isoformat(timespec="milliseconds"),
        started_lsl=now,
        continues=continues,
        writer=Writer.here(),
        plan=plan,
        versions=_versions(),
    )


def write_card(folder: Path, card: SessionCard) -> None:
    """Put `card` into the session's folder; what was there of it stays until the new one is
    whole. Raises StorageLost."""
    path, fresh = folder / CARD_NAME, folder / f"{CARD_NAME}.new"
    try:
        with open_private(fresh, "w", encoding="utf-8") as file:
            file.write(card.model_dump_json(indent=2))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise StorageLost(
            f"{path} cannot be written: {error.strerror}.",
            "Is there room on the disk, and is it still connected?",
        ) from error


def read_card(folder: Path) -> SessionCard:
    """Raises RecordingError."""
    path = folder / CARD_NAME
    try:
        with reading(path, RecordingError, "The signals are in session.xdf all the same."):
            if path.stat().st_size > MOST_BYTES:
                raise RecordingError(f"{path} is too large for a session's card.")
            values = json.loads(path.read_text(encoding="utf-8"))
            return validated(SessionCard, values, str(path))
    except ConfigError as error:
        raise RecordingError(error.message, error.hint) from error


def spare_headers(xdf: Path) -> dict[int, StreamHeader]:
    """Headers of a session's streams as its card has them; none where there is no card."""
    if xdf.name != XDF_NAME:
        return {}
    try:
        return {number: parse_header(xml) for number, xml in read_card(xdf.parent).streams.items()}
    except RecordingError:
        return {}  # the card is lost or never was: the file has to do without


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.platform()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue  # not installed here: it had no part in the session
    return found
