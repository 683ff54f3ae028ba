"""Blinks and muscles out of the EEG: independent components of a baseline, kept as one
spatial matrix that is applied live."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from pydantic import ValidationError

from milmer_live.config import ArtifactSettings, Frozen
from milmer_live.errors import ConfigError
from milmer_live.processing.lazy_scipy import signal
from milmer_live.samples import MODEL_CHANNELS, Float32, Float64, frozen

FOREHEAD = ("Fp1", "Fp2")
TEMPLES = ("F7", "F8")
RIM = ("Fp1", "Fp2", "F7", "F8", "FC5", "FC6", "T7", "T8", "P7", "P8", "O1", "Oz", "O2")
EYE_BAND_HZ = (1.0, 10.0)
SLOPE_BAND_HZ = (7.0, 45.0)
FLAT_UV = 1e-6  # a channel of less is rounding
RANK_TOLERANCE = 1e-4  # of the largest singular value; float32 leaves about 1e-6

Progress = Callable[[float], None]


class ComponentKind(StrEnum):
    """What a component is taken for. OTHER stays in the signal."""

    BLINK = "blink"
    EYE_MOVEMENT = "eye movement"
    MUSCLE = "muscle"
    OTHER = "other"


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """`pattern` (n_channels,) µV for one standard deviation of the component; `share` of the
    variance of all; `reason` in words, empty for OTHER."""

    index: int
    kind: ComponentKind
    reason: str
    share: float
    pattern: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Artifacts:
    """The components of a baseline, and which of them (`excluded`) the user wants removed. Compared
    by identity: `cleans_as` tells whether two do the same.

    `unmixing` (n_components, n_channels), 1/µV: from filtered EEG to the components.
    """

    channel_names: tuple[str, ...]
    unmixing: Float64
    components: tuple[Component, ...]
    excluded: tuple[int, ...]
    converged: bool

    @property
    def proposed(self) -> tuple[int, ...]:
        """Indices of the components that look like artifacts."""
        return tuple(
            component.index
            for component in self.components
            if component.kind is not ComponentKind.OTHER
        )

    def with_excluded(self, excluded: Collection[int]) -> Artifacts:
        """The same with the user's choice. Raises ConfigError."""
        unknown = set(excluded) - set(range(len(self.components)))
        if unknown:
            raise ConfigError(
                f"There is no component {min(unknown)}; they are numbered from 0 to "
                f"{len(self.components) - 1}."
            )
        return replace(self, excluded=tuple(sorted(set(excluded))))

    def activations(self, eeg: Float32) -> Float64:
        """(n_samples, n_channels) µV filtered -> (n_samples, n_components)."""
        return np.asarray(eeg.astype(np.float64) @ self.unmixing.T, dtype=np.float64)

    def cleaning_matrix(self) -> Float64:
        """(n_channels, n_channels): what is left of the EEG without the excluded components.

        I - P W with their patterns P and unmixing rows W; the rest is not touched, whether
        the components explain it or not.
        """
        matrix = np.eye(len(self.channel_names))
        for index in self.excluded:
            matrix -= np.outer(self.components[index].pattern, self.unmixing[index])
        return frozen(matrix)

    def cleans_as(self, other: Artifacts | None) -> bool:
        """Whether the same is removed."""
        return other is not None and np.array_equal(self.cleaning_matrix(), other.cleaning_matrix())

    def to_json(self) -> str:
        """To be saved with the session."""
        saved = _Saved(
            channel_names=self.channel_names,
            unmixing=tuple(map(tuple, self.unmixing.tolist())),
            components=tuple(
                _SavedComponent(
                    kind=component.kind,
                    reason=component.reason,
                    share=component.share,
                    pattern=tuple(component.pattern.tolist()),
                )
                for component in self.components
            ),
            excluded=self.excluded,
            converged=self.converged,
        )
        return saved.model_dump_json(indent=1)

    @staticmethod
    def from_json(text: str) -> Artifacts:
        """What `to_json` wrote. Raises ConfigError."""
        try:
            saved = _Saved.model_validate_json(text)
        except ValidationError as error:
            raise ConfigError(
                f"The saved artifact removal cannot be read: {error.errors()[0]['msg']}.",
                "Fit it again.",
            ) from error
        loaded = Artifacts(
            channel_names=saved.channel_names,
            unmixing=frozen(np.array(saved.unmixing, dtype=np.float64)),
            components=tuple(
                Component(index, entry.kind, entry.reason, entry.share, _array(entry.pattern))
                for index, entry in enumerate(saved.components)
            ),
            excluded=(),
            converged=saved.converged,
        )
        return _consistent(loaded).with_excluded(saved.excluded)


class _SavedComponent(Frozen):
    kind: ComponentKind
    reason: str
    share: float
    pattern: tuple[float, ...]


class _Saved(Frozen):
    channel_names: tuple[str, ...]
    unmixing: tuple[tuple[float, ...], ...]
    components: tuple[_SavedComponent, ...]
    excluded: tuple[int, ...]
    converged: bool


def _array(values: tuple[float, ...]) -> Float64:
    return frozen(np.array(values, dtype=np.float64))


def _consistent(loaded: Artifacts) -> Artifacts:
    n_channels = len(MODEL_CHANNELS)
    patterns = {component.pattern.shape for component in loaded.components}
    expected = loaded.unmixing.shape == (len(loaded.components), n_channels)
    if loaded.channel_names != MODEL_CHANNELS or patterns != {(n_channels,)} or not expected:
        raise ConfigError("The saved artifact removal is of other channels.", "Fit it again.")
    return loaded


def fit_artifacts(
    eeg: Float32,
    sample_rate: float,
    settings: ArtifactSettings,
    progress: Progress | None = None,
) -> Artifacts:
    """Components of `eeg` (n_samples, 32) µV, as the pipeline gives it, and what they look like.

    Takes some seconds: not for the GUI thread. `progress` is told the share of the iterations
    that are done; what it raises ends the fit. Samples in gaps (NaN) are left out. The
    proposed components are excluded to begin with. Raises ConfigError.
    """
    usable = eeg[np.isfinite(eeg).all(axis=1)].astype(np.float64)
    if len(usable) < settings.baseline_s * sample_rate * 0.9:
        raise ConfigError(
            f"The baseline has {len(usable) / sample_rate:.0f} s of EEG without gaps; "
            f"{settings.baseline_s:g} s are needed.",
            "Record it again, with all electrodes on.",
        )
    centred = usable - usable.mean(axis=0)
    if _rank(centred) < 2:
        raise ConfigError(
            "The baseline is flat: there are no components in it.", "Is the cap on a head?"
        )
    unmixing, mixing, converged = _fastica(centred, settings, progress or (lambda _share: None))
    judge = _Judge(centred, sample_rate, settings)
    shares = (mixing**2).sum(axis=0) / np.square(centred).mean(axis=0).sum()
    components = tuple(
        Component(index, *judge.kind(pattern, course), float(share), frozen(pattern.copy()))
        for index, (pattern, course, share) in enumerate(
            zip(mixing.T, unmixing @ centred.T, shares, strict=True)
        )
    )
    fitted = Artifacts(MODEL_CHANNELS, frozen(unmixing), components, (), converged)
    return fitted.with_excluded(fitted.proposed)


def _fastica(
    centred: Float64, settings: ArtifactSettings, progress: Progress
) -> tuple[Float64, Float64, bool]:
    """Unmixing (n_components, n_channels), mixing (n_channels, n_components), the largest
    component first and positive where it is strongest, and whether it converged."""
    import warnings

    from sklearn.decomposition import FastICA
    from sklearn.exceptions import ConvergenceWarning

    done = 0

    def logcosh(projected: Float64) -> tuple[Float64, Float64]:
        """FastICA's usual contrast (Hyvarinen 1999); it is asked for once an iteration."""
        nonlocal done
        done += 1
        progress(min(1.0, done / settings.max_iterations))
        bent = np.tanh(projected)
        return bent, np.asarray((1 - bent**2).mean(axis=-1))

    ica: Any = FastICA(
        n_components=_rank(centred),
        fun=logcosh,
        whiten="unit-variance",
        max_iter=settings.max_iterations,
        random_state=settings.seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said by `converged`
        ica.fit(centred)
    progress(1.0)
    unmixing, mixing = np.asarray(ica.components_), np.asarray(ica.mixing_)
    order = np.argsort(-(mixing**2).sum(axis=0))
    mixing = mixing[:, order]
    signs = np.sign(mixing[np.abs(mixing).argmax(axis=0), np.arange(mixing.shape[1])])
    converged = done < settings.max_iterations
    return unmixing[order] * signs[:, np.newaxis], mixing * signs, converged


def _rank(centred: Float64) -> int:
    """Independent channels: interpolated ones, and one of an average reference, are not."""
    strengths = np.linalg.svd(centred.T @ centred, compute_uv=False) ** 0.5
    return int((strengths > max(RANK_TOLERANCE * strengths[0], FLAT_UV)).sum())


class _Judge:
    """Says what a component looks like."""

    def __init__(self, centred: Float64, sample_rate: float, settings: ArtifactSettings) -> None:
        self._rate = sample_rate
        self._settings = settings
        self._eye_filter = signal.butter(2, EYE_BAND_HZ, "bandpass", fs=sample_rate, output="sos")
        columns = [MODEL_CHANNELS.index(name) for name in (*FOREHEAD, *TEMPLES)]
        eyes = self._slow(centred[:, columns].T)
        self._blinks, self._glances = eyes[:2].mean(axis=0), eyes[2] - eyes[3]

    def kind(self, pattern: Float64, course: Float64) -> tuple[ComponentKind, str]:
        """`pattern` (n_channels,) and `course` (n_samples,): kind and reason."""
        slow = self._slow(course)
        limit = self._settings.eye_correlation
        blink, glance = _correlation(slow, self._blinks), _correlation(slow, self._glances)
        if abs(blink) >= max(limit, abs(glance)):
            return ComponentKind.BLINK, f"follows the forehead below 10 Hz (r = {abs(blink):.2f})"
        if abs(glance) >= limit:
            return ComponentKind.EYE_MOVEMENT, f"follows F7 - F8 (r = {abs(glance):.2f})"
        slope, rim = self._slope(course), self._rim_share(pattern)
        if slope > self._settings.muscle_slope and rim >= self._settings.muscle_rim:
            strongest = MODEL_CHANNELS[int(np.abs(pattern).argmax())]
            return ComponentKind.MUSCLE, (
                f"as strong at high frequencies as at low ones (slope {slope:.1f}), "
                f"and at the rim of the cap (strongest at {strongest})"
            )
        return ComponentKind.OTHER, ""

    def _slow(self, courses: Float64) -> Float64:
        return np.asarray(signal.sosfiltfilt(self._eye_filter, courses), dtype=np.float64)

    def _slope(self, course: Float64) -> float:
        frequencies, power = signal.welch(course, self._rate, nperseg=round(2 * self._rate))
        low, high = SLOPE_BAND_HZ
        inside = (frequencies >= low) & (frequencies <= high)
        return float(np.polyfit(np.log(frequencies[inside]), np.log(power[inside]), 1)[0])

    def _rim_share(self, pattern: Float64) -> float:
        on_rim = np.isin(MODEL_CHANNELS, RIM)
        return float(np.square(pattern[on_rim]).sum() / np.square(pattern).sum())


def _correlation(one: Float64, other: Float64) -> float:
    return float(np.corrcoef(one, other)[0, 1])
