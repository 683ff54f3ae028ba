"""The one design language: colours, sizes, quadrants' names, and the style sheet made of them.

A colour of a quadrant means the same everywhere. The four were searched around Okabe and Ito's
hues for the largest smallest distance: at least 29 (dark) and 23 (light) in CIELAB between any
two under normal, protan, deutan and tritan vision (Machado et al. 2009), and 3:1 or more
against the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette

from milmer_live.paths import resource
from milmer_live.samples import Quadrant
from milmer_live.ui.language.i18n import mark

ThemeName = Literal["dark", "light"]

# Spacing, in pixels: use these and nothing between.
XS, S, M, L, XL = 4, 8, 12, 16, 24
RADIUS = 10
RADIUS_SMALL = 6
CONTROL_HEIGHT = 26
BAR_HEIGHT = 46

# Type scale, in pixels.
CAPTION, BODY, TITLE, BUTTON, LARGE = 11, 13, 14, 16, 30

QUADRANT_NAMES: dict[Quadrant, str] = {
    Quadrant.HAHV: mark("Excited"),
    Quadrant.LAHV: mark("Calm"),
    Quadrant.LALV: mark("Sad"),
    Quadrant.HALV: mark("Tense"),
}
QUADRANT_MEANINGS: dict[Quadrant, str] = {
    Quadrant.HAHV: mark("high arousal, high valence"),
    Quadrant.LAHV: mark("low arousal, high valence"),
    Quadrant.LALV: mark("low arousal, low valence"),
    Quadrant.HALV: mark("high arousal, low valence"),
}


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour of the program. `quadrants` is in the order of `Quadrant`."""

    name: ThemeName
    window: str
    card: str
    raised: str
    border: str
    grid: str
    text: str
    muted: str
    faint: str
    accent: str
    trace: str
    trace_alternate: str
    ok: str
    warning: str
    danger: str
    recording: str
    on_recording: str
    on_warning: str
    quadrants: tuple[str, str, str, str]

    def quadrant(self, quadrant: Quadrant) -> QColor:
        return QColor(self.quadrants[quadrant])


DARK = Theme(
    name="dark",
    window="#0A0D12",
    card="#12161D",
    raised="#1B212B",
    border="#242C38",
    grid="#1E252F",
    text="#E8ECF2",
    muted="#9AA6B6",
    faint="#657285",
    accent="#A796FF",
    trace="#B4C8E2",
    trace_alternate="#7E9ABD",
    ok="#58C97B",
    warning="#F0A53A",
    danger="#F0616D",
    recording="#D92338",
    on_recording="#FFFFFF",
    on_warning="#1A1206",
    quadrants=("#F2BE2C", "#2BD4AE", "#3B82F0", "#D9604C"),
)
LIGHT = Theme(
    name="light",
    window="#EDF0F4",
    card="#FFFFFF",
    raised="#F1F4F8",
    border="#D8DEE7",
    grid="#E8ECF1",
    text="#151A21",
    muted="#55606F",
    faint="#818C9B",
    accent="#5B48D8",
    trace="#234A75",
    trace_alternate="#5D80A6",
    ok="#1C8644",
    warning="#A86400",
    danger="#C62F3D",
    recording="#C8102E",
    on_recording="#FFFFFF",
    on_warning="#FFFFFF",
    quadrants=("#C28B0A", "#0B6E5A", "#2E97DE", "#A5320F"),
)
THEMES: dict[ThemeName, Theme] = {"dark": DARK, "light": LIGHT}


def color(name: str, opacity: float = 1.0) -> QColor:
    """`name` as "#RRGGBB" with an opacity from 0 to 1."""
    made = QColor(name)
    made.setAlphaF(opacity)
    return made


def font(size: int = BODY, *, bold: bool = False) -> QFont:
    """The program's font at `size` pixels, with digits of one width."""
    made = QFont()
    made.setPixelSize(size)
    made.setBold(bold)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def palette(theme: Theme) -> QPalette:
    """For what the style sheet does not reach: dialogs, tool tips, selections."""
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.card,
        QPalette.ColorRole.AlternateBase: theme.raised,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.faint,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.card,
    }
    made = QPalette()
    for role, value in roles.items():
        made.setColor(role, QColor(value))
    return made


def _theme_file(name: str) -> str:
    """For Qt, which reads pictures of a style sheet from files only."""
    return (resource("theme") / f"{name}.svg").as_posix()


def style_sheet(theme: Theme) -> str:
    """Qt style sheet of the whole program. Labels take their look from the property `look`."""
    return f"""
* {{ font-size: {BODY}px; color: {theme.text}; }}
QMainWindow, QDialog {{ background: {theme.window}; }}
QToolTip {{ background: {theme.raised}; color: {theme.text};
    border: 1px solid {theme.border}; padding: {XS}px {S}px; }}
QSplitter::handle {{ background: transparent; }}
#panel {{ background: {theme.card}; border: 1px solid {theme.border}; border-top: 0px;
    border-bottom-left-radius: {RADIUS}px; border-bottom-right-radius: {RADIUS}px; }}
#panelHeader {{ background: {theme.card}; border: 1px solid {theme.border}; border-bottom: 0px;
    border-top-left-radius: {RADIUS}px; border-top-right-radius: {RADIUS}px; }}
QMainWindow::separator {{ background: transparent; width: {M}px; height: {M}px; }}
QMainWindow::separator:hover {{ background: {theme.border}; }}
QTabBar::tab {{ background: transparent; color: {theme.muted}; border: 0px;
    padding: {XS}px {M}px; margin-bottom: {XS}px; }}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom: 2px solid {theme.accent}; }}
QTabBar::tab:hover {{ color: {theme.text}; }}
QMenu {{ background: {theme.raised}; border: 1px solid {theme.border}; padding: {XS}px; }}
QMenu::item {{ padding: {XS}px {XL}px {XS}px {L}px; border-radius: {RADIUS_SMALL}px; }}
QMenu::item:selected {{ background: {theme.border}; }}
QMenu::item:disabled {{ color: {theme.faint}; }}
QMenu::separator {{ background: {theme.border}; height: 1px; margin: {XS}px {S}px; }}
QMenu::indicator {{ width: 12px; height: 12px; left: 4px; }}
#bar {{ background: {theme.card}; border: 0px; }}
#bar[edge="bottom"] {{ border-bottom: 1px solid {theme.border}; }}
#bar[edge="top"] {{ border-top: 1px solid {theme.border}; }}
QLabel {{ background: transparent; }}
QLabel[look="title"] {{ font-size: {TITLE}px; font-weight: bold; }}
QLabel[look="muted"] {{ color: {theme.muted}; }}
QLabel[look="caption"] {{ color: {theme.muted}; font-size: {CAPTION}px; }}
QLabel[look="large"] {{ font-size: {LARGE}px; font-weight: bold; }}
QToolButton, QPushButton {{ background: {theme.raised}; border: 1px solid {theme.border};
    border-radius: {RADIUS_SMALL}px; padding: 0px {S}px; min-height: {CONTROL_HEIGHT - 2}px; }}
QToolButton[flat="true"] {{ background: transparent; border: 0px; padding: 0px; }}
QToolButton[tight="true"] {{ padding: 0px; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton:hover, QPushButton:hover {{ background: {theme.border}; }}
QToolButton:pressed, QPushButton:pressed {{ background: {theme.grid}; }}
QToolButton:disabled, QPushButton:disabled {{ color: {theme.faint}; }}
QToolButton:focus, QPushButton:focus {{ border: 1px solid {theme.accent}; }}
QPushButton {{ padding: 0px {L}px; min-height: 30px; }}
QToolButton[checkable="true"]:checked, QToolButton:checked {{ background: {theme.border};
    border: 1px solid {theme.accent}; }}
QLineEdit, QAbstractSpinBox, QComboBox {{ background: {theme.raised}; padding: 0px {S}px;
    border: 1px solid {theme.border}; border-radius: {RADIUS_SMALL}px;
    min-height: {CONTROL_HEIGHT - 2}px; selection-background-color: {theme.accent};
    selection-color: {theme.card}; }}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {{ border: 1px solid {theme.accent}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {{ color: {theme.faint}; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ border: 0px; min-height: 0px;
    padding: 0px {S}px; background: transparent; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0px; border: 0px;
    subcontrol-origin: border; }}
QLineEdit[wrong="true"], QAbstractSpinBox[wrong="true"] {{ border: 1px solid {theme.danger}; }}
QComboBox::drop-down {{ border: 0px; width: 18px; }}
QComboBox::down-arrow {{ image: url({_theme_file("chevron")}); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {theme.raised}; border: 1px solid {theme.border};
    selection-background-color: {theme.border}; selection-color: {theme.text}; outline: 0px; }}
QCheckBox, QRadioButton {{ background: transparent; spacing: {S}px; }}
QRadioButton:disabled, QCheckBox:disabled {{ color: {theme.faint}; }}
QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {theme.faint};
    border-radius: 8px; background: {theme.raised}; }}
QRadioButton::indicator:checked {{ background: {theme.accent}; border: 1px solid {theme.accent};
    image: url({_theme_file("dot")}); }}
QRadioButton::indicator:focus {{ border: 1px solid {theme.text}; }}
QCheckBox::indicator {{ width: 15px; height: 15px; border: 1px solid {theme.faint};
    border-radius: {XS}px; background: {theme.raised}; }}
QCheckBox::indicator:checked {{ background: {theme.accent}; border: 1px solid {theme.accent};
    image: url({_theme_file("check")}); }}
QCheckBox::indicator:focus {{ border: 1px solid {theme.text}; }}
QPushButton[primary="true"] {{ background: {theme.accent}; color: {theme.card};
    border: 1px solid {theme.accent}; font-weight: bold; }}
QPushButton[primary="true"]:disabled {{ background: {theme.raised}; color: {theme.faint};
    border: 1px solid {theme.border}; }}
QAbstractScrollArea {{ background: transparent; border: 0px; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QTableView, QTreeView, QListView {{ background: {theme.card}; border: 0px;
    border-radius: {RADIUS_SMALL}px; outline: 0px; alternate-background-color: {theme.card};
    selection-background-color: {theme.raised}; selection-color: {theme.text}; }}
QTableView::item, QListView::item {{ padding: {XS}px; }}
QHeaderView::section {{ background: {theme.card}; color: {theme.muted}; border: 0px;
    border-bottom: 1px solid {theme.border}; padding: {XS}px; font-size: {CAPTION}px; }}
QPlainTextEdit {{ background: {theme.raised}; border: 1px solid {theme.border};
    border-radius: {RADIUS_SMALL}px; }}
QProgressBar {{ background: {theme.raised}; border: 0px; border-radius: {XS}px; }}
QProgressBar::chunk {{ background: {theme.accent}; border-radius: {XS}px; }}
QScrollBar {{ background: transparent; width: 10px; height: 10px; }}
QScrollBar::handle {{ background: {theme.border}; border-radius: 5px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0px; height: 0px; }}
"""


def of_scheme(scheme: Qt.ColorScheme) -> Theme:
    """Light where the system is; dark where it is dark or says nothing: labs are dim."""
    return LIGHT if scheme is Qt.ColorScheme.Light else DARK
