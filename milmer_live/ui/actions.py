"""Everything that can be done by key or menu, in one list: the menu and `?` are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

MOST_INLINE = 2  # actions of a group


@dataclass(frozen=True, slots=True)
class Listed:
    """An action as the help shows it. `group` and the action's text are in the user's language."""

    group: str
    action: QAction
    in_menu: bool


class Actions:
    """Keys belong to the window; those with a `scope` only to that widget while it has the focus.

    A key that types a character reaches a text field first: Qt asks the field, and it takes it.
    """

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._listed: list[Listed] = []

    def add(
        self,
        group: str,
        words: str,
        keys: str,
        act: Callable[[], object],
        *,
        scope: QWidget | None = None,
        in_menu: bool = True,
        checkable: bool = False,
    ) -> QAction:
        """`keys` as Qt writes them ("Ctrl+T"); "" for none. Raises ValueError for a key that is
        taken: the second one would silently do nothing."""
        owner = scope or self._window
        sequence = QKeySequence(keys)
        if keys and any(self._clashes(one, sequence, owner) for one in self._listed):
            raise ValueError(f"the key {keys} is taken")
        action = QAction(words, owner)
        action.setCheckable(checkable)
        action.setShortcut(sequence)
        if scope is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _checked=False: act())
        owner.addAction(action)
        self._listed.append(Listed(group, action, in_menu))
        return action

    def remove(self, action: QAction) -> None:
        """Forget it and its key, as when a study has other labels."""
        self._listed = [one for one in self._listed if one.action is not action]
        action.deleteLater()

    def groups(self) -> dict[str, list[QAction]]:
        """For the help: every action that has a key, by group, in the order they were added."""
        found: dict[str, list[QAction]] = {}
        for one in self._listed:
            if not one.action.shortcut().isEmpty():
                found.setdefault(one.group, []).append(one.action)
        return found

    def menu(self) -> QMenu:
        """The window's menu: a group of many actions is a menu of its own, so that all of it
        fits a low screen."""
        menu = QMenu(self._window)
        groups: dict[str, list[QAction]] = {}
        for one in self._listed:
            if one.in_menu:
                groups.setdefault(one.group, []).append(one.action)
        for name, actions in groups.items():
            below = menu.addMenu(name) if len(actions) > MOST_INLINE else menu
            for action in actions:
                below.addAction(action)
        return menu

    def _clashes(self, one: Listed, sequence: QKeySequence, owner: QWidget) -> bool:
        """Two widgets' own keys may be the same; the window's are the window's alone."""
        if one.action.shortcut() != sequence:
            return False
        other = one.action.parent()
        return owner is other or self._window in (owner, other)
