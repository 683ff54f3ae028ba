"""What was agreed for the next session: who, where, and what of the camera may be kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from milmer_live import paths
from milmer_live.config import RecordingSettings, validated
from milmer_live.live.state import SourceStatus
from milmer_live.storage.session.card import (
    Plan,
    make_plan,
)
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.state.files import (
    Keep,
    as_text,
    read_values,
    write_text,
)

Video = Literal["none", "face", "full"]
Codec = Literal["h264", "ffv1", "mjpeg"]
VIDEO_WORDS: dict[Video, str] = {
    "none": mark("No video"),
    "face": mark("Face crop only"),
    "full": mark("Full frame"),
}
CODECS: tuple[Codec, ...] = get_args(Codec)


@dataclass(frozen=True, slots=True)
class SessionChoice:
    """As the session dialog has it. Without consent `video` is "none", whatever was chosen.
    `optional` are the streams that need not be there, as they were asked for; all others that were
    asked for must."""

    root: Path
    participant: str = ""
    name: str = ""
    consent: bool = False
    sharing: bool = False
    video: Video = "none"
    codec: Codec = "h264"
    optional: tuple[str, ...] = ()

    def requires(self, source: SourceStatus) -> bool:
        return not source.part_of and asked_as(source) not in self.optional

    def recording(self) -> RecordingSettings:
        values = {
            "video": self.video if self.consent else "none",
            "video_consent": self.consent,
            "sharing_consent": self.sharing,
            "codec": self.codec,
        }
        return validated(RecordingSettings, values, "The session")

    def plan(self) -> Plan:
        """Raises ConfigError, as for a participant called "../x"."""
        return make_plan(
            {
                "participant": self.participant,
                "name": self.name,
                "recording": self.recording().model_dump(),
            }
        )

    def video_words(self) -> str:
        return tr(VIDEO_WORDS[self.video if self.consent else "none"])


@dataclass(frozen=True, slots=True)
class AllBut:
    """What a session requires: every stream, also one that is connected later, but these."""

    optional: tuple[str, ...]

    def __contains__(self, asked: object) -> bool:
        return asked not in self.optional


def asked_as(source: SourceStatus) -> str:
    """What a source was asked for by; a balance knows it by that too."""
    return source.spec or source.name


class ChoiceStore:
    """Remembers folder and codec, in a file that is read once and that `keep` writes. Who and
    with what consent is asked anew for each session."""

    def __init__(self, file: Path, keep: Keep = write_text) -> None:
        self._file, self._write = file, keep
        self._values = read_values(file)

    def last(self) -> SessionChoice:
        choice = SessionChoice(paths.recordings().absolute())
        root, codec = self._values.get("root"), self._values.get("codec")
        if not isinstance(root, str):
            return choice
        known = next((one for one in CODECS if one == codec), choice.codec)
        return replace(choice, root=Path(root), codec=known)

    def keep(self, choice: SessionChoice) -> None:
        self._values = {"root": str(choice.root), "codec": choice.codec}
        self._write(self._file, as_text(self._values))
