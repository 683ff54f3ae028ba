"""What is done with the window beside a run: pictures, layouts with a name, keys, tour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QInputDialog, QMenu

from milmer_live import paths
from milmer_live.ui.dialogs.help import HelpDialog
from milmer_live.ui.language.i18n import tr
from milmer_live.ui.paper import figures, pictures
from milmer_live.ui.paper.figures import Page
from milmer_live.ui.paper.pictures import Caption
from milmer_live.ui.participant_screen import Content

if TYPE_CHECKING:
    from milmer_live.ui.main_window import MainWindow


class WindowTools(QObject):
    """Pictures, layouts, help, and what the participant sees."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.folder = paths.recordings() / "pictures"
        self.help: HelpDialog | None = None
        self._window = window
        self._layouts = QMenu(tr("Layouts"), window)
        self._contents = QMenu(tr("Participant screen shows"), window)
        self._add_actions()

    def menus(self) -> tuple[QMenu, ...]:
        self._fill_layouts()
        return self._layouts, self._contents

    def save_window(self) -> None:
        """As PNG. Grabbed here, written off the GUI thread."""
        caption, cover = self._caption(), self._cover()
        picture = pictures.with_caption(self.picture(), caption, self._window.look)
        file = self._folder() / caption.file_name("png")
        self._write(lambda: (pictures.save_png(picture, file),), cover)

    def picture(self) -> QImage:
        """The window as it may be kept: without consent nothing of the camera is on it."""
        with self._window.camera.covered(self._cover()):
            return self._window.grab().toImage()

    def save_panels(self) -> None:
        """As SVG and as PDF."""
        caption, cover = self._caption(), self._cover()
        seen = [panel for panel in self._window.panels.values() if panel.is_seen]
        with self._window.camera.covered(cover):
            page = figures.record(seen, caption)
        svg, pdf = (self._folder() / caption.file_name(ending) for ending in ("svg", "pdf"))
        self._write(partial(_save_page, page, svg, pdf), cover)

    def show_help(self) -> None:
        self.help = HelpDialog(self._window.actions_, self._window)
        self.help.set_theme(self._window.look)
        self.help.show()

    def keep_layout(self, name: str) -> None:
        self._window.layouts.keep(name, self._window.layout_now())
        self._fill_layouts()

    def forget_layout(self, name: str) -> None:
        self._window.layouts.forget(name)
        self._fill_layouts()

    def show_to_participant(self, content: Content, words: str = "") -> None:
        self._window.participant.show_content(content, words)
        if not self._window.participant.isVisible():
            self._window.swap_participant_screen()

    def _caption(self) -> Caption:
        now = dt.datetime.now().astimezone()
        return Caption(self._window.session.choice.participant, now, self._window.clock.now())

    def _cover(self) -> str:
        """Why no face may be in what is saved; "" where it may."""
        return "" if self._window.session.may_keep_faces else tr("No consent to be filmed")

    def _folder(self) -> Path:
        """The session's own while it is recorded."""
        return self._window.session.pictures_folder or self.folder

    def _write(self, save: Callable[[], tuple[Path, ...]], cover: str) -> None:
        """A picture that cannot be saved is no fault of the run."""
        self._window.bridge.run(save, partial(self._saved, cover), self._window.refused)

    def _saved(self, cover: str, files: tuple[Path, ...]) -> None:
        names = ", ".join(file.name for file in files)
        said = tr("Saved in {folder}: {names}").format(folder=files[0].parent, names=names)
        if cover and self._window.camera.is_seen:
            hidden = tr("The camera's pictures are covered: consent is not ticked (Ctrl+E).")
            said = f"{hidden} {said}"
        self._window.banner.show_note(said)

    def _ask_layout_name(self) -> None:
        name, given = QInputDialog.getText(self._window, tr("Save this layout"), tr("Name"))
        if given and name.strip():
            self.keep_layout(name.strip())

    def _ask_words(self) -> None:
        text, given = QInputDialog.getMultiLineText(
            self._window, tr("Words for the participant"), tr("Text"), ""
        )
        if given:
            self.show_to_participant(Content.WORDS, text)

    def _fill_layouts(self) -> None:
        self._layouts.clear()
        window = self._window
        names = window.layouts.names()
        for name in names:
            layout = window.layouts.named(name)
            if layout is not None:
                self._layouts.addAction(name, partial(window.use_layout, layout))
        if names:
            gone = self._layouts.addMenu(tr("Delete a layout"))
            for name in names:
                gone.addAction(name, partial(self.forget_layout, name))
            self._layouts.addSeparator()
        self._layouts.addAction(tr("Default layout"), window.reset_layout)
        self._layouts.addAction(tr("Save this layout …"), self._ask_layout_name)

    def _add_actions(self) -> None:
        add, group = self._window.actions_.add, tr("Pictures and help")
        add(group, tr("Save the window (PNG)"), "F12", self.save_window)
        add(group, tr("Save the panels (SVG, PDF)"), "Shift+F12", self.save_panels)
        add(group, tr("Keys"), "?", self.show_help)
        self._add_contents()

    def _add_contents(self) -> None:
        """What the participant sees: in a menu of its own, and by keys that nobody presses by
        accident."""
        add, group = self._window.actions_.add, self._contents.title()
        for words, keys, act in (
            (tr("A cross"), "Shift+C", partial(self.show_to_participant, Content.CROSS)),
            (
                tr("Their own picture, to sit down by"),
                "Shift+M",
                partial(self.show_to_participant, Content.MIRROR),
            ),
            (tr("Nothing"), "Shift+X", partial(self.show_to_participant, Content.BLANK)),
            (tr("Words …"), "Shift+W", self._ask_words),
        ):
            self._contents.addAction(add(group, words, keys, act, in_menu=False))


def _save_page(page: Page, svg: Path, pdf: Path) -> tuple[Path, Path]:
    """On the worker."""
    return (
        pictures.save_bytes(figures.svg(page), svg),
        pictures.save_bytes(figures.pdf(page), pdf),
    )
