"""The scalp: power in a band, quality, and what moved the decision."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout

from milmer_live.clock import Clock
from milmer_live.live.state import EngineSnapshot
from milmer_live.processing.channels.site_names import canonical
from milmer_live.processing.eeg.quality import (
    ChannelQuality,
    QualityLevel,
)
from milmer_live.samples import MODEL_CHANNELS, Explanation
from milmer_live.ui.language.i18n import (
    mark,
    tr,
)
from milmer_live.ui.look import theme
from milmer_live.ui.look.figure import Figure
from milmer_live.ui.look.theme import Theme
from milmer_live.ui.look.widgets import (
    Choice,
    Panel,
)
from milmer_live.ui.signals.margins import (
    level_tint,
    two_digits,
)
from milmer_live.ui.spectrum import scalp
from milmer_live.ui.spectrum.head_map import (
    HeadMap,
    Legend,
)
from milmer_live.ui.spectrum.panel import newest_whole
from milmer_live.ui.spectrum.spectra import (
    BANDS,
    welch,
)
from milmer_live.ui.state.eeg_feed import EEGFeed
from milmer_live.ui.state.signal_view import SignalView

EVERY_S = 0.5
WINDOW_S = 4.0

BAND_WORDS = {
    "delta": mark("delta"),
    "theta": mark("theta"),
    "alpha": mark("alpha"),
    "beta": mark("beta"),
    "gamma": mark("gamma"),
}


class MapsPanel(Panel):
    draws_eeg = True

    def __init__(self, feed: EEGFeed, clock: Clock) -> None:
        super().__init__(tr("Scalp maps"))
        self.band = Choice()
        self.power, self.quality = HeadMap(""), HeadMap(tr("Quality"))
        self.decision = HeadMap(tr("Decision"))
        self._feed, self._clock = feed, clock
        self._view = SignalView()
        self._look = theme.DARK
        self._due = -1e9
        self._explanation: Explanation | None = None
        self._verdict: tuple[ChannelQuality, ...] = ()
        for name, low, high in BANDS:
            self.band.addItem(f"{tr(BAND_WORDS[name])} {low:g}–{high:g} Hz")
        self.band.setCurrentIndex(2)
        self.band.setAccessibleName(tr("Band of the map"))
        self.band.currentIndexChanged.connect(self._choose_band)
        self.controls.addWidget(self.band)
        row = QHBoxLayout()
        row.setSpacing(theme.S)
        for head in (self.power, self.quality, self.decision):
            row.addWidget(head, stretch=1)
        self.body.addLayout(row, stretch=1)
        self._choose_band()
        self.quality.show_nothing(tr("no verdict yet"))
        self.decision.show_nothing(tr("no prediction yet"))

    def show_view(self, view: SignalView) -> None:
        """Which channels are marked bad: their values are in no map."""
        if view.bad != self._view.bad:
            self._due, self._verdict = -1e9, ()
        self._view = view

    def show_snapshot(self, snapshot: EngineSnapshot) -> None:
        if snapshot.quality is not self._verdict:
            self._verdict = snapshot.quality
            self._show_quality(snapshot.quality)
        if snapshot.explanation is not self._explanation:
            self._explanation = snapshot.explanation
            self._show_decision(snapshot.explanation)
        now = self._clock.now()
        if now >= self._due:
            self._due = now + EVERY_S
            self._show_power()

    def set_theme(self, look: Theme) -> None:
        self._look = look
        self._verdict, self._explanation = (), None
        for head in (self.power, self.quality, self.decision):
            head.set_theme(look)

    def figure(self, look: Theme) -> Figure:
        heads = [
            head.copy(look) for head in (self.power, self._quality_on_paper(look), self.decision)
        ]
        return Figure(self.title, "", 250, [partial(_draw_heads, heads)])

    def _choose_band(self) -> None:
        self.power.set_title(self.band.currentText())
        self._due = -1e9

    def _show_power(self) -> None:
        recent = newest_whole(self._feed, WINDOW_S)
        spectrum = welch(recent, self._feed.rate) if recent is not None else None
        names = self._feed.names
        good = [n for n in scalp.placed(names) if names[n] not in self._view.bad]
        if spectrum is None or len(good) < scalp.FEWEST:
            why = tr("waiting for 4 s of EEG") if len(good) >= scalp.FEWEST or not names else ""
            self.power.show_nothing(why or tr("too few electrodes with a known place"))
            return
        powers = spectrum.band_powers()[self.band.currentIndex(), good]
        low, high = float(powers.min()), float(powers.max())
        legend = Legend(two_digits(low), f"{two_digits(high)} µV²")
        shown = tuple(names[n] for n in good)
        self.power.show_values(shown, powers, (low, high), legend, scalp.AMOUNT)

    def _show_decision(self, explanation: Explanation | None) -> None:
        """What each electrode spoke for (warm) or against (cold) the quadrant that is shown."""
        if explanation is None:
            self.decision.show_nothing(tr("no prediction yet"))
        elif not explanation.electrodes.any() and not explanation.faces:
            self.decision.show_nothing(tr("not enough signal"))
        elif not explanation.electrodes.any():
            self.decision.show_nothing(tr("the faces alone"))
        else:
            effects = explanation.electrodes.astype(np.float64)
            most = float(np.abs(effects).max())
            legend = Legend(
                tr("against"), tr("for · EEG {share}").format(share=f"{explanation.eeg_share:.0%}")
            )
            self.decision.show_values(MODEL_CHANNELS, effects, (-most, most), legend, scalp.SIGNED)

    def _quality_on_paper(self, look: Theme) -> HeadMap:
        """Its colours are the theme's."""
        head = HeadMap(tr("Quality"))
        self._fill_quality(head, self._verdict, look)
        return head

    def _show_quality(self, verdict: tuple[ChannelQuality, ...]) -> None:
        self._fill_quality(self.quality, verdict, self._look)

    def _fill_quality(
        self, head: HeadMap, verdict: tuple[ChannelQuality, ...], look: Theme
    ) -> None:
        known = [verdict[n] for n in scalp.placed([one.name for one in verdict])]
        bad_names = {canonical(name) for name in self._view.bad}
        tints = tuple(
            look.faint if canonical(one.name) in bad_names else level_tint(one.level, look)
            for one in known
        )
        counts = {level: sum(one.level is level for one in verdict) for level in QualityLevel}
        words = tr("{good} good, {fair} fair, {bad} bad").format(
            good=counts[QualityLevel.GOOD],
            fair=counts[QualityLevel.FAIR],
            bad=counts[QualityLevel.BAD],
        )
        names = tuple(one.name for one in known)
        head.show_tints(names, tints, words if verdict else tr("no verdict yet"))


def _draw_heads(heads: Sequence[HeadMap], painter: QPainter, size: QSizeF) -> None:
    width = size.width() / len(heads)
    for place, head in enumerate(heads):
        head.resize(int(width), int(size.height()))
        painter.save()
        painter.translate(place * width, 0)
        head.draw(painter)
        painter.restore()
