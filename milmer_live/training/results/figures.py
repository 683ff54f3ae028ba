"""The figures of a report, as SVG text that sits inside the page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from milmer_live.training.results.metrics import (
    CHANCE,
    ReliabilityBin,
)
from milmer_live.training.resume import EpochRecord

INK, MUTED, GRID = "#1f2933", "#7b8794", "#e4e7eb"
BLUE, AMBER, GREEN = "#2563a8", "#d98324", "#3a8f6b"
MODALITY_COLOURS = {"both": BLUE, "eeg": AMBER, "faces": GREEN}
MODALITY_NAMES = {"both": "together", "eeg": "EEG alone", "faces": "faces alone"}

_STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: sharp, small, and in the page's font
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "savefig.transparent": True,
}


def svg(width: float, height: float, draw: Callable[[Axes], None], label: str) -> str:
    """One drawing, `width` x `height` inches, read out as `label`."""
    with mpl.rc_context(_STYLE | {"svg.hashsalt": label}):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    body = text.getvalue()
    body = body[body.index("<svg") :]
    return re.sub("<svg", f'<svg role="img" aria-label="{label}"', body, count=1)


def protocol_bars(accuracies: Mapping[str, Mapping[str, float]]) -> str:
    """Accuracy by protocol (or run) and modality, with the level of chance."""

    def draw(axes: Axes) -> None:
        modalities = [m for m in MODALITY_NAMES if any(m in row for row in accuracies.values())]
        width = 0.8 / max(1, len(modalities))
        for index, modality in enumerate(modalities):
            places = [
                p + (index - (len(modalities) - 1) / 2) * width for p in range(len(accuracies))
            ]
            values = [100 * row.get(modality, 0.0) for row in accuracies.values()]
            bars = axes.bar(
                places,
                values,
                width * 0.92,
                color=MODALITY_COLOURS[modality],
                label=MODALITY_NAMES[modality],
            )
            axes.bar_label(bars, fmt="%.0f", padding=2, color=INK, fontsize=8)
        axes.axhline(100 * CHANCE, color=INK, linewidth=1, linestyle=(0, (4, 3)), label="chance")
        axes.set_xticks(range(len(accuracies)), list(accuracies))
        axes.set_xlim(-0.6, len(accuracies) - 0.4)
        axes.set_ylim(0, 108)
        axes.set_yticks(range(0, 101, 25))
        axes.set_ylabel("accuracy, %")
        axes.grid(axis="x", visible=False)
        axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0))

    return svg(7.2, 2.9, draw, "Accuracy by protocol and modality")


def learning_curves(histories: Sequence[Sequence[EpochRecord]]) -> str:
    """Training and validation loss of each fold; one line a fold, its kin in one colour."""

    def draw(axes: Axes) -> None:
        for index, history in enumerate(histories):
            losses = {"training": [(r.epoch + 1, r.loss) for r in history]}
            judged = [(r.epoch + 1, r.validation_loss) for r in history]
            losses["validation"] = [(epoch, loss) for epoch, loss in judged if loss is not None]
            for (name, points), colour in zip(losses.items(), (BLUE, AMBER), strict=True):
                # A name that begins with _ stays out of the legend.
                label = name if index == 0 and points else f"_{name}"
                xs, ys = [x for x, _ in points], [y for _, y in points]
                axes.plot(xs, ys, color=colour, alpha=0.75, lw=1.2, label=label)
        axes.set_xlabel("epoch")
        axes.set_ylabel("cross-entropy")
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.legend(loc="upper right")

    return svg(3.5, 2.7, draw, "Learning curves")


def reliability_diagram(bins: Sequence[ReliabilityBin], ece: float) -> str:
    """Confidence against accuracy; on the diagonal the probabilities mean what they say."""

    def draw(axes: Axes) -> None:
        width = 1 / len(bins)
        total = max(1, sum(b.count for b in bins))
        for index, one in enumerate(bins):
            if one.count:
                strength = 0.3 + 0.7 * (one.count / total) ** 0.5
                axes.bar(
                    (index + 0.5) * width, one.accuracy, width * 0.94, color=BLUE, alpha=strength
                )
        axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.text(0.04, 0.9, f"ECE {ece:.3f}", color=INK, transform=axes.transAxes)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_xlabel("confidence")
        axes.set_ylabel("accuracy")

    return svg(3.5, 2.7, draw, "Reliability diagram")


def modality_bars(accuracies: Mapping[str, Sequence[float]]) -> str:
    """Accuracy of each modality: the mean over participants, and every participant as a dot."""

    def draw(axes: Axes) -> None:
        names = list(accuracies)
        for place, name in enumerate(names):
            values = [100 * value for value in accuracies[name]]
            mean = sum(values) / len(values)
            axes.barh(place, mean, 0.6, color=MODALITY_COLOURS[name], alpha=0.85)
            axes.plot(values, [place] * len(values), "o", color=INK, markersize=3.5, alpha=0.5)
        axes.axvline(100 * CHANCE, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        axes.set_yticks(range(len(names)), [MODALITY_NAMES[name] for name in names])
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("accuracy, % (dots: participants)")
        axes.grid(axis="y", visible=False)

    return svg(3.7, 1.9, draw, "Accuracy by modality")
