"""Settings that a user may change: validated, frozen, read from one TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from milmer_live.catalogue import Code
from milmer_live.errors import ConfigError, reading
from milmer_live.messages import Message
from milmer_live.samples import Quadrant

MOST_TOML_BYTES = 1 << 20


class Frozen(BaseModel):
    """Base of all settings: immutable, and an unknown name is an error, not a shrug."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WindowSettings(Frozen):
    """How the stream is cut. Milmer: 3 s at 128 Hz and a bag of 10 faces."""

    length_s: float = Field(3.0, gt=0, le=60, description="seconds of signal in a window")
    hop_s: float = Field(0.5, gt=0, le=60, description="seconds between two windows")
    bag_size: int = Field(10, ge=1, le=64, description="face slots in a window")
    sample_rate: float = Field(128.0, gt=0, description="Hz, the rate the model is given")

    @model_validator(mode="after")
    def _whole_samples(self) -> Self:
        for name, seconds in (("length_s", self.length_s), ("hop_s", self.hop_s)):
            samples = seconds * self.sample_rate
            if abs(samples - round(samples)) > 1e-6 or round(samples) < 1:
                raise ValueError(
                    f"{name} = {seconds:g} s is {samples:g} samples at {self.sample_rate:g} Hz; "
                    "choose a value that is a whole number of samples"
                )
        return self

    @property
    def n_times(self) -> int:
        """Samples in a window."""
        return round(self.length_s * self.sample_rate)

    @property
    def hop_samples(self) -> int:
        return round(self.hop_s * self.sample_rate)

    @property
    def slot_s(self) -> float:
        """Seconds of one slot of the face grid."""
        return self.length_s / self.bag_size


class MontageSettings(Frozen):
    """From a device's channels to the model's 32."""

    min_coverage: float = Field(
        0.65,
        ge=0,
        le=1,
        description="share of the EEG at the model's channels that the device's electrodes must "
        "know; with less the model runs without EEG",
    )

    @model_validator(mode="before")
    @classmethod
    def _counted_channels(cls, values: object) -> object:
        """Checkpoints and sessions of older versions counted channels instead."""
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if name != "min_channels"}
        return values


class FilterSettings(Frozen):
    """The causal filter chain; a frequency of 0 switches its part off."""

    low_hz: float = Field(1.0, ge=0, description="lower edge of the band-pass")
    high_hz: float = Field(50.0, ge=0, description="upper edge of the band-pass")
    order: int = Field(4, ge=1, le=8, description="order of the Butterworth band-pass")
    notch_hz: float = Field(0.0, ge=0, description="mains frequency, 50 or 60; 0: no notch")
    reference: Literal["none", "average", "channels"] = Field("none", description="re-reference")
    reference_channels: tuple[str, ...] = Field(
        (), description="channels of the device whose mean is the reference"
    )

    @model_validator(mode="after")
    def _reference_named(self) -> Self:
        if (self.reference == "channels") != bool(self.reference_channels):
            raise ValueError(
                'reference = "channels" and reference_channels = ["M1", ...] go together'
            )
        return self

    @model_validator(mode="after")
    def _edges_in_order(self) -> Self:
        if self.low_hz and self.high_hz and self.low_hz >= self.high_hz:
            raise ValueError(f"low_hz {self.low_hz:g} must be below high_hz {self.high_hz:g}")
        return self


class QualitySettings(Frozen):
    """When a channel is fair or bad, looked at each second over the last `window_s`.

    For scale: an ADS1299 amplifier alone makes 0.14 µV rms (data sheet), EEG on the scalp 5 to
    20 µV; its rails are at 187,500 µV (4.5 V at gain 24, OpenBCI Cyton), while the offset of
    a good electrode stays under 50,000 µV. PREP (Bigdely-Shamlo et al. 2015) compares a
    channel's noise above 50 Hz with the other channels' and rejects it from 5 robust standard
    deviations on. The limits of line noise and drift are this program's own: noise of the
    size of the EEG is fair, five times that is bad; a slow blink is 100 µV in a second.
    """

    window_s: float = Field(2.0, ge=1, le=10, description="seconds that are looked at")
    mains_hz: Literal[0, 50, 60] = Field(0, description="mains; 0: the stronger of 50 and 60 Hz")
    flat_uv: float = Field(0.5, gt=0, description="standard deviation under which it is flat")
    rail_uv: float = Field(180_000.0, gt=0, description="offset from which it is railed")
    huge_uv: float = Field(5_000.0, gt=0, description="standard deviation that no EEG has")
    clipped_share: float = Field(0.05, gt=0, le=1, description="share of samples cut off: railed")
    drift_fair_uv_s: float = Field(100.0, gt=0, description="slope from which it is fair")
    drift_bad_uv_s: float = Field(500.0, gt=0, description="slope from which it is bad")
    line_fair_uv: float = Field(10.0, gt=0, description="rms at the mains, fair from here")
    line_bad_uv: float = Field(50.0, gt=0, description="rms at the mains, bad from here")
    high_fair_uv: float = Field(5.0, gt=0, description="rms above 50 Hz, fair from here")
    high_bad_uv: float = Field(20.0, gt=0, description="rms above 50 Hz, bad from here")
    high_z: float = Field(5.0, gt=0, description="robust z-score among the channels (PREP)")

    @model_validator(mode="after")
    def _fair_before_bad(self) -> Self:
        for name, fair, bad in (
            ("drift", self.drift_fair_uv_s, self.drift_bad_uv_s),
            ("line", self.line_fair_uv, self.line_bad_uv),
            ("high", self.high_fair_uv, self.high_bad_uv),
        ):
            if fair >= bad:
                raise ValueError(f"{name}: fair ({fair:g}) must be below bad ({bad:g})")
        return self


class IntegritySettings(Frozen):
    """What a stream may do before it is called a fault."""

    half_life_s: float = Field(
        90.0, gt=0, description="after which a stamp counts half (liblsl's own default)"
    )
    rate_tolerance: float = Field(0.02, gt=0, lt=1, description="share the rate may be off by")


class ArtifactSettings(Frozen):
    """What the independent components of a baseline have to look like to be proposed."""

    baseline_s: float = Field(60.0, ge=20, le=600, description="seconds that are fitted")
    max_iterations: int = Field(300, ge=10, le=5000, description="of FastICA")
    seed: int = Field(0, ge=0, description="of FastICA's start")
    eye_correlation: float = Field(
        0.7, gt=0, le=1, description="with the forehead (blink) or F7 - F8 (eye movement)"
    )
    muscle_slope: float = Field(
        -0.31,
        description="log power per log frequency from 7 Hz on, above which it is muscle "
        "(Fitzgibbon et al. 2016, from paralysed subjects)",
    )
    muscle_rim: float = Field(
        0.5, ge=0, le=1, description="share of a muscle's pattern on the rim of the cap"
    )


class FaceSettings(Frozen):
    """Face detection as published: short range, confidence 0.7, box grown by 10 % a side.

    `crop` is what a backbone learned on: "box" the detected box, "aligned" a square of the same
    size in which the eyes are level and at `eye_height`, as the usual sets of expressions have it.
    """

    min_confidence: float = Field(
        0.7, ge=0, le=1, description="score under which a face is not one"
    )
    grow: float = Field(0.1, ge=0, le=1, description="share of the box added on each side")
    crop: Literal["box", "aligned"] = Field("box", description="how a face is cut out")
    eye_height: float = Field(
        0.41, ge=0, le=1, description="place of the eyes in an aligned crop, from its top"
    )


class FaceTracking(Frozen):
    """How the participant's face is kept apart from others, live."""

    hold_s: float = Field(
        0.5,
        ge=0,
        le=10,
        description="a face that is not detected is waited for this long, then it is lost",
    )


class SignalLimits(Frozen):
    """Below both of these a prediction is marked: there is not enough signal."""

    min_usable_channels: float = Field(
        0.5, ge=0, le=1, description="share of the device's channels that must not be bad"
    )
    min_faces: float = Field(
        0.3, ge=0, le=1, description="share of a window's face slots in which a face was found"
    )


class RecordingSettings(Frozen):
    """What of a session is kept. Faces are personal data: none without consent."""

    video: Literal["none", "face", "full"] = Field("none", description="what of the camera")
    video_consent: bool = Field(False, description="the participant has agreed to be filmed")
    sharing_consent: bool = Field(False, description="the participant has agreed to sharing")
    codec: Literal["h264", "ffv1", "mjpeg"] = Field("h264", description="ffv1 is lossless")
    reserve_mb: float = Field(200.0, ge=1, description="room below which a session is closed")
    warn_minutes: float = Field(30.0, ge=0, description="time left at which the disk is named")

    @model_validator(mode="after")
    def _with_consent(self) -> Self:
        if self.video != "none" and not self.video_consent:
            raise ValueError(
                "the participant's face is not recorded without consent: say that the "
                "participant has agreed (--consent, or video_consent), or record no video"
            )
        return self


class CameraSettings(Frozen):
    """What to ask a camera for; 0 leaves it to the camera."""

    width: int = Field(0, ge=0, le=7680, description="width of the picture; 0: as the camera does")
    height: int = Field(
        0, ge=0, le=4320, description="height of the picture; 0: as the camera does"
    )
    rate: float = Field(0.0, ge=0, le=1000, description="pictures a second; 0: as the camera does")
    mirror: bool = Field(False, description="swap left and right, as a mirror does")
    delay_s: float = Field(
        0.0,
        ge=0,
        le=10,
        description="fixed delay of the camera, s: taken from the time of each picture",
    )

    @model_validator(mode="after")
    def _both_sides(self) -> Self:
        if bool(self.width) != bool(self.height):
            raise ValueError("width and height go together")
        return self


class LabelRule(Frozen):
    """From ratings on 1 to 9 to a quadrant.

    `at_threshold` decides a rating of exactly the threshold: `low` (default), `high`, or
    `drop` the trial. `published` is the rule of Milmer's public code, slips included: V > 5
    and A > 5 -> HAHV; V >= 5 and A < 5 -> LAHV; V < 5 and A < 5 -> LALV; all else -> HALV.
    """

    threshold: float = Field(5.0, ge=1, le=9, description="rating that separates low from high")
    at_threshold: Literal["low", "high", "drop", "published"] = "low"

    def quadrant(self, valence: float, arousal: float) -> Quadrant | None:
        """The class of a trial, or None where the rule drops it."""
        if self.at_threshold == "published":
            return self._published(valence, arousal)
        if self.at_threshold == "drop" and self.threshold in (valence, arousal):
            return None
        return Quadrant.of(self._high(valence), self._high(arousal))

    def _high(self, rating: float) -> bool:
        return rating > self.threshold or (self.at_threshold == "high" and rating == self.threshold)

    def _published(self, valence: float, arousal: float) -> Quadrant:
        limit = self.threshold
        if valence > limit and arousal > limit:
            return Quadrant.HAHV
        if arousal < limit:
            return Quadrant.LAHV if valence >= limit else Quadrant.LALV
        return Quadrant.HALV


class Preprocessing(Frozen):
    """All that stands between a device and the model: equal in training, replay and live."""

    window: WindowSettings = WindowSettings()
    montage: MontageSettings = MontageSettings()
    filters: FilterSettings = FilterSettings()
    faces: FaceSettings = FaceSettings()

    def with_min_coverage(self, least: float | None) -> Preprocessing:
        """The same with another `montage.min_coverage`; None: as it is."""
        if least is None:
            return self
        montage = self.montage.model_copy(update={"min_coverage": least})
        return self.model_copy(update={"montage": montage})


SettingsT = TypeVar("SettingsT", bound=BaseModel)


def validated(kind: type[SettingsT], values: object, where: str) -> SettingsT:
    """`values` as settings of `kind`. Raises ConfigError with the first fault in one sentence."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if not name:
            raise ConfigError(Message(Code.SETTINGS_WRONG, where=where, why=message)) from error
        raise ConfigError(
            Message(Code.SETTING_WRONG, where=where, setting=name, why=message)
        ) from error


def read_toml(path: Path, kind: type[SettingsT]) -> SettingsT:
    """Settings from a TOML file. Raises ConfigError."""
    with reading(path, ConfigError, "Check its last change, or start from an empty file."):
        if path.stat().st_size > MOST_TOML_BYTES:
            raise ConfigError(f"{path} is too large for a file of settings.")
        with path.open("rb") as file:
            try:
                values = tomllib.load(file)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise ConfigError(f"{path} is not valid TOML: {error}.") from error
        return validated(kind, values, str(path))
