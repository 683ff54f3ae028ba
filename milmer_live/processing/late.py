"""scipy.signal, imported when it is first asked for something.

Its import takes 0.9 s, and the window names filters long before it filters: it is on the screen
that much sooner.
"""

from __future__ import annotations

import importlib
from typing import Any


class _Late:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


signal = _Late("scipy.signal")


def load() -> None:
    """Import it now, where there is time for it, and the parts of mne that interpolate channels
    (0.5 s): a device that comes later is then used at once."""
    importlib.import_module("scipy.signal")
    mne = importlib.import_module("mne")
    for part in (mne.channels.make_standard_montage, mne.create_info, mne.io.RawArray):
        assert callable(part)  # mne imports what is asked for
