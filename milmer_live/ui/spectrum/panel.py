"""Spectrum, band power and spectrogram of the selected channel, or of the mean of all."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout

from milmer_live.clock import Clock
from milmer_live.live.state import EngineSnapshot
from milmer_live.samples import Float32, Float64, UInt8
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.look import theme
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import Panel
from milmer_live.ui.spectrum.band_bars import BandBars
from milmer_live.ui.spectrum.figure import (
    UNIT,
    SpectrumFigure,
)
from milmer_live.ui.spectrum.level_bar import LevelBar
from milmer_live.ui.spectrum.spectra import (
    Spectrum,
    decibels,
    welch,
)
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.signal_view import SignalView

WINDOW_S = 4.0
EVERY_S = 0.5
HIGHEST_HZ = 50.0
SPECTROGRAM_COLUMNS = 120  # a minute
LEVELS_DB = (-25.0, 25.0)


class SpectrumPanel(Panel):
    """pyqtgraph is imported when the panel is first seen, after the window's first paint."""

    draws_eeg = True

    def __init__(self, feed: EEGFeed, clock: Clock) -> None:
        super().__init__(tr("Spectrum"))
        self.bars = BandBars()
        self.updates = 0
        self._feed, self._clock = feed, clock
        self._view = SignalView()
        self._look = theme.DARK
        self._due = -1e9
        self._generation = feed.generation
        self._plots: Plots | None = None
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.M)
        self._row.addWidget(self.bars)
        self.body.addLayout(self._row, stretch=1)

    def show_view(self, view: SignalView) -> None:
        """Which channel is selected, and which are hidden or bad."""
        if (view.selected, view.hidden, view.bad) != (
            self._view.selected,
            self._view.hidden,
            self._view.bad,
        ):
            self._due = -1e9
            if self._plots is not None and view.selected != self._view.selected:
                self._plots.clear()
        self._view = view

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:  # noqa: ARG002 - it has the feed
        plots = self._made_plots()
        if self._generation != self._feed.generation:
            self._generation = self._feed.generation
            plots.clear()
        now = self._clock.now()
        if now >= self._due:
            self._due = now + EVERY_S
            self._update(plots)
        elif plots.lacking:
            self._add_earlier(plots)

    def figure(self, look: Theme) -> Figure | None:
        plots = self._plots
        if plots is None or plots.frequencies is None:
            return None
        drawn = SpectrumFigure(
            self.bars.copy(look),
            plots.frequencies,
            plots.levels_db,
            LEVELS_DB,
            plots.history_colours(look),
            SPECTROGRAM_COLUMNS * EVERY_S,
            look,
        )
        return Figure(self.title, self.header.subtitle.toolTip(), 260, [drawn.draw], wide=True)

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self.bars.set_theme(look)
        if self._plots is not None:
            self._plots.set_theme(look)

    def _update(self, plots: Plots) -> None:
        spectrum = self._spectrum(0.0)
        if spectrum is None:
            return
        places = self._places()
        name = self._feed.names[places[0]] if len(places) == 1 else tr("mean of all channels")
        density = spectrum.density[:, places].mean(axis=1)
        inside = spectrum.frequencies <= HIGHEST_HZ
        plots.show(spectrum.frequencies[inside], decibels(density[inside]))
        self.bars.show_powers(spectrum.band_powers()[:, places].mean(axis=1))
        self.set_subtitle(f"{name} · {WINDOW_S:g} s")
        self.updates += 1

    def _add_earlier(self, plots: Plots) -> None:
        """One column a call of what was before the panel was seen, so that no call is long."""
        spectrum = self._spectrum((SPECTROGRAM_COLUMNS - plots.lacking) * EVERY_S)
        if spectrum is None:
            plots.lacking = 0
            return
        density = spectrum.density[:, self._places()].mean(axis=1)
        plots.show_earlier(decibels(density[spectrum.frequencies <= HIGHEST_HZ]))

    def _spectrum(self, before_s: float) -> Spectrum | None:
        """Of the window that ended `before_s` ago; None where it is not whole."""
        recent = newest_whole(self._feed, WINDOW_S, before_s)
        return welch(recent, self._feed.rate) if recent is not None else None

    def _places(self) -> list[int]:
        """Columns of the feed: the selected channel's, or those of all that are shown and good."""
        names = self._feed.names
        if self._view.selected in names:
            return [names.index(self._view.selected)]
        bad = self._view.bad
        return [n for n in self._view.shown(names) if names[n] not in bad] or [0]

    def _made_plots(self) -> Plots:
        if self._plots is None:
            self._plots = Plots()
            self._plots.set_theme(self._look)
            self._row.insertWidget(0, self._plots.spectrum, stretch=3)
            self._row.insertLayout(1, self._with_levels(self._plots), stretch=3)
        return self._plots

    @staticmethod
    def _with_levels(plots: Plots) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(plots.spectrogram, stretch=1)
        row.addWidget(plots.levels)
        return row


class Plots:
    """The two plots of pyqtgraph, with the program's colours and no menu of their own."""

    def __init__(self) -> None:
        import pyqtgraph as pg

        self._pg = pg
        self._curve: Any = pg.PlotDataItem()
        self._image: Any = pg.ImageItem(axisOrder="row-major")
        self._history: Float64 | None = None
        self.frequencies: Float64 | None = None
        self.levels_db: Float64 = np.empty(0)
        self.lacking = 0  # columns of the spectrogram, the oldest, that are not known yet
        self.spectrum = self._plot(self._curve, UNIT, tr("Frequency"), "Hz")
        self.spectrogram = self._plot(self._image, tr("Hz"), tr("Time"), "s")
        self.spectrum.setXRange(0, HIGHEST_HZ, padding=0)
        self.spectrum.setYRange(*LEVELS_DB)
        colours = pg.colormap.get("viridis")
        self._image.setColorMap(colours)
        self.levels = LevelBar(self.spectrogram, colours, LEVELS_DB, UNIT)
        self._image.setLevels(LEVELS_DB)

    def show(self, frequencies: Float64, levels_db: Float64) -> None:
        """The newest, both (n,)."""
        self.frequencies, self.levels_db = frequencies, levels_db
        self._curve.setData(frequencies, levels_db)
        if self._history is None or self._history.shape[0] != len(levels_db):
            self._history = np.full((len(levels_db), SPECTROGRAM_COLUMNS), np.nan)
            self.lacking = SPECTROGRAM_COLUMNS
        self._history[:, :-1] = self._history[:, 1:]
        self._history[:, -1] = levels_db
        self.lacking = max(0, self.lacking - 1)
        self._image.setImage(self._history, autoLevels=False)
        width = SPECTROGRAM_COLUMNS * EVERY_S
        self._image.setRect(-width, 0, width, float(frequencies[-1]))
        self.spectrogram.setXRange(-width, 0, padding=0)
        self.spectrogram.setYRange(0, float(frequencies[-1]), padding=0)

    def show_earlier(self, levels_db: Float64) -> None:
        """(n,) of the time before the oldest column."""
        if self._history is not None and self.lacking:
            self._history[:, self.lacking - 1] = levels_db
            self.lacking -= 1
            self._image.setImage(self._history, autoLevels=False)

    def history_colours(self, look: Theme) -> UInt8 | None:
        """(height, width, 3) of the spectrogram, 0 Hz first; the card where nothing is known."""
        if self._history is None:
            return None
        low, high = LEVELS_DB
        known = np.isfinite(self._history)
        shares = (np.where(known, self._history, low) - low) / (high - low)
        viridis: Any = self._pg.colormap.get("viridis")
        table: UInt8 = np.asarray(viridis.getLookupTable(0.0, 1.0, 256)[:, :3], dtype=np.uint8)
        colours = table[np.clip(255 * shares, 0, 255).astype(np.uint8)]
        card = QColor(look.card)
        colours[~known] = card.red(), card.green(), card.blue()
        return np.asarray(colours, dtype=np.uint8)

    def clear(self) -> None:
        self.lacking = 0
        self.frequencies = None
        self._history = None
        self._curve.setData([], [])
        self._image.clear()

    def set_theme(self, look: Theme) -> None:
        self.levels.set_theme(look)
        self._curve.setPen(self._pg.mkPen(look.accent, width=1))
        self._curve.setFillLevel(LEVELS_DB[0] - 20)
        self._curve.setBrush(theme.color(look.accent, 0.18))
        for plot in (self.spectrum, self.spectrogram):
            plot.setBackground(look.card)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(self._pg.mkPen(look.border))
                axis.setTextPen(look.muted)
                axis.setTickFont(theme.font(theme.CAPTION))
                axis.label.setFont(theme.font(theme.CAPTION))
                axis.label.setDefaultTextColor(theme.color(look.muted))

    def _plot(self, item: Any, left: str, bottom: str, unit: str) -> Any:
        plot = self._pg.PlotWidget()
        plot.addItem(item)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.setMinimumSize(140, 90)
        plot.showGrid(x=False, y=False)
        plot.getAxis("left").setLabel(left)
        plot.getAxis("bottom").setLabel(f"{bottom} ({unit})")
        plot.getAxis("left").setWidth(48)
        margin = theme.S  # for the halves of the outermost numbers that lie beyond the axes
        plot.getPlotItem().setContentsMargins(0, margin, margin, 0)
        return plot


def newest_whole(feed: EEGFeed, seconds: float, before_s: float = 0.0) -> Float32 | None:
    """The `seconds` that ended `before_s` ago, (n_samples, n_channels) µV; None where they are
    not whole."""
    if feed.history is None:
        return None
    count = round(seconds * feed.rate)
    stop = feed.history.stop - round(before_s * feed.rate)
    runs = list(feed.history.runs(stop - count, stop))
    return runs[0][1] if len(runs) == 1 and len(runs[0][1]) == count else None
