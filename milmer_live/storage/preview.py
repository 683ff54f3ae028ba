"""A recording at a glance, as a picture: EEG, spectrum, faces, ratings and quadrant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.config import LabelRule
from milmer_live.errors import DatasetError
from milmer_live.samples import Float64, FrameSample, Label, Quadrant, Recording
from milmer_live.system.private_files import open_private

EXCERPT_S = 12.0
N_FRAMES = 8
SIZE_INCHES = (15.0, 10.0)
DPI = 120

# The light theme of `ui.theme`, which needs Qt; a test holds the quadrants to the same.
TEXT, MUTED, FAINT, GRID, TRACE, TRACE_ALTERNATE, ACCENT = (
    "#151A21", "#55606F", "#818C9B", "#E8ECF1", "#234A75", "#5D80A6", "#5B48D8",
)  # fmt: skip
QUADRANT_COLORS = ("#C28B0A", "#0B6E5A", "#2E97DE", "#A5320F")
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": TEXT,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}


def draw_recording(recording: Recording, rule: LabelRule, path: Path) -> None:
    """Write a PNG. Raises DatasetError where the recording has no label, its video cannot be
    read, or the picture cannot be written."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    if not recording.labels:
        raise DatasetError(f"{recording.name} has no ratings to draw.")
    label = recording.labels[0]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE_INCHES, dpi=DPI, facecolor="white")
        grid = figure.add_gridspec(
            3, 2, height_ratios=(3.0, 2.2, 1.25), width_ratios=(2.6, 1), left=0.05, right=0.975,
            top=0.885, bottom=0.03, hspace=0.3, wspace=0.12,
        )  # fmt: skip
        _draw_title(figure, recording, label, rule)
        _draw_eeg(figure.add_subplot(grid[:2, 0]), recording, label)
        _draw_plane(figure.add_subplot(grid[0, 1]), label, rule)
        _draw_spectrum(figure.add_subplot(grid[1, 1]), recording)
        _draw_frames(figure, grid[2, :], recording, label)
        try:
            with open_private(path, "wb") as file:  # there may be a face on it
                figure.savefig(file, format="png")
        except (OSError, ValueError) as error:
            raise DatasetError(f"The picture {path} cannot be written: {error}.") from error


def _draw_title(figure: Any, recording: Recording, label: Label, rule: LabelRule) -> None:
    quadrant = rule.quadrant(label.valence, label.arousal)
    figure.text(0.05, 0.957, recording.name, fontsize=17, fontweight="bold")
    told = f"valence {label.valence:g}   arousal {label.arousal:g}   (1 to 9)"
    figure.text(0.05, 0.931, told, color=MUTED, fontsize=10.5)
    figure.text(
        0.975, 0.964, quadrant.name if quadrant is not None else "dropped by the label rule",
        fontsize=17, fontweight="bold", ha="right", va="center",
        color=MUTED if quadrant is None else QUADRANT_COLORS[quadrant],
    )  # fmt: skip
    rated = f"a rating above {rule.threshold:g} is high"
    figure.text(0.975, 0.931, rated, color=MUTED, fontsize=10.5, ha="right")


def _draw_eeg(axes: Any, recording: Recording, label: Label) -> None:
    """The first seconds, one line a channel, with the baseline shaded."""
    names = recording.info.channel_names
    last = int(np.searchsorted(recording.times, recording.times[0] + EXCERPT_S))
    times, eeg = recording.times[:last], recording.eeg[:last].astype(np.float64)
    eeg -= np.median(eeg, axis=0)
    step = _spacing_uv(eeg)
    for row, name in enumerate(names):
        color = TRACE if row % 2 else TRACE_ALTERNATE
        axes.plot(times, eeg[:, row] / step - row, color=color, linewidth=0.7)
        axes.text(times[0] - 0.1, -row, name, ha="right", va="center", fontsize=8, color=MUTED)
    if label.start > times[0]:
        axes.axvspan(times[0], label.start, color=GRID, zorder=0, linewidth=0)
        axes.axvline(label.start, color=ACCENT, linewidth=1)
        axes.text(label.start + 0.08, 1.2, "music video starts", color=ACCENT, fontsize=8)
        axes.text(times[0] + 0.08, 1.2, "baseline", color=MUTED, fontsize=8)
    _draw_scale(axes, times[-1], 0.8, step)
    axes.set(xlim=(times[0], times[-1]), ylim=(-len(names), 2), yticks=[])
    axes.set_title(
        f"EEG, first {times[-1] - times[0]:.0f} of {recording.duration_s:.0f} s",
        loc="left", fontsize=10, color=MUTED,
    )  # fmt: skip
    axes.set_xlabel("seconds", labelpad=2)
    axes.spines["left"].set_visible(False)


def _spacing_uv(eeg: Float64) -> float:
    """Between two traces, in µV: four times the typical channel's spread, to 1, 2 or 5."""
    spread = max(4 * float(np.median(eeg.std(axis=0))), 1e-3)
    decade = 10 ** np.floor(np.log10(spread))
    return float(decade * next(unit for unit in (1, 2, 5, 10) if unit * decade >= spread))


def _draw_scale(axes: Any, right: float, bottom: float, step_uv: float) -> None:
    axes.plot([right - 0.1] * 2, [bottom, bottom + 1], color=TEXT, linewidth=2)
    axes.text(right - 0.18, bottom + 0.5, f"{step_uv:g} µV", ha="right", va="center", fontsize=8)


def _draw_plane(axes: Any, label: Label, rule: LabelRule) -> None:
    limit = rule.threshold
    for quadrant in Quadrant:
        x = limit if quadrant.high_valence else 1.0
        y = limit if quadrant.high_arousal else 1.0
        width = 9 - limit if quadrant.high_valence else limit - 1
        height = 9 - limit if quadrant.high_arousal else limit - 1
        color = QUADRANT_COLORS[quadrant]
        axes.bar(x, height, width, y, align="edge", color=color, alpha=0.14)
        axes.text(
            x + width / 2, y + height / 2, quadrant.name, color=color, ha="center", va="center"
        )
    axes.plot(label.valence, label.arousal, "o", markersize=11, color=ACCENT, markeredgecolor="w")
    axes.set(xlim=(1, 9), ylim=(1, 9), xticks=(1, 5, 9), yticks=(1, 5, 9), aspect="equal")
    axes.set_xlabel("valence", labelpad=1)
    axes.set_ylabel("arousal", labelpad=1)
    axes.set_title("Ratings", loc="left", fontsize=10, color=MUTED)


def _draw_spectrum(axes: Any, recording: Recording) -> None:
    """Welch's power density, each channel faint, their median strong."""
    from scipy.signal import welch

    rate = recording.info.sample_rate
    frequencies, power = welch(recording.eeg, fs=rate, nperseg=int(4 * rate), axis=0)
    shown = (frequencies >= 0.5) & (frequencies <= 60)
    power = np.maximum(power, 1e-12)
    axes.semilogy(
        frequencies[shown], power[shown], color=TRACE_ALTERNATE, alpha=0.25, linewidth=0.6
    )
    axes.semilogy(frequencies[shown], np.median(power[shown], axis=1), color=TRACE, linewidth=1.6)
    top = float(power[shown].max())
    axes.set(xlim=(0, 60), ylim=(top * 1e-6, top * 2))
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_title("Spectrum, µV²/Hz", loc="left", fontsize=10, color=MUTED)
    axes.set_xlabel("Hz", labelpad=1)


def _draw_frames(figure: Any, place: Any, recording: Recording, label: Label) -> None:
    """Frames evenly over the stimulus, from the middle of each eighth of it."""
    strip = place.subgridspec(1, N_FRAMES, wspace=0.06)
    frames = _some_frames(recording, label)
    for column in range(N_FRAMES):
        axes = figure.add_subplot(strip[0, column])
        axes.set_axis_off()
        if column < len(frames):
            axes.imshow(frames[column].image)
            axes.set_title(f"{frames[column].time:.1f} s", fontsize=8.5, color=MUTED, pad=3)
    if not frames:
        figure.text(0.5, 0.09, "no face video of this trial", color=FAINT, ha="center", fontsize=12)


def _some_frames(recording: Recording, label: Label) -> list[FrameSample]:
    if recording.frames is None or not len(recording.frames):
        return []
    eighths = (np.arange(N_FRAMES) + 0.5) / N_FRAMES
    moments = label.start + eighths * (label.stop - label.start)
    rows = np.searchsorted(recording.frames.times, moments)
    wanted = {int(row) for row in rows if row < len(recording.frames)}
    last = max(wanted, default=-1)
    taken = []
    for frame in recording.frames.frames():
        if frame.index in wanted:
            taken.append(frame)
        if frame.index >= last:
            break
    return taken
