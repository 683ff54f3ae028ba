"""scipy.signal, imported when it is first asked for something.

Its import takes 0.9 s, and the window names filters long before it filters: it is on the screen
that much sooner.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any


class _Late:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)

    def is_there(self, attribute: str) -> bool:
        """Whether it can be had without an import, or waiting for one on another thread."""
        return hasattr(sys.modules.get(self._name), attribute)


signal = _Late("scipy.signal")


def load() -> None:
    """Import it now, where there is time for it, and what of mne knows where electrodes are: a
    device that comes later is then used at once."""
    for name in ("scipy.signal", "mne.channels.montage"):
        importlib.import_module(name)
