"""Live recognition of the valence/arousal quadrant from EEG and faces.

`open_session`, `open_dataset` and `load_checkpoint` read what the program writes and learns from
(`examples/`). What they need is imported with the first of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milmer_live import no_telemetry

if TYPE_CHECKING:
    from milmer_live.model.checkpoint import load as load_checkpoint
    from milmer_live.storage.dataset import open_dataset
    from milmer_live.storage.session.reader import open_session

__version__ = "0.1.0"
__all__ = ["__version__", "load_checkpoint", "open_dataset", "open_session"]

_HOMES = {
    "load_checkpoint": ("milmer_live.model.checkpoint", "load"),
    "open_dataset": ("milmer_live.storage.dataset", "open_dataset"),
    "open_session": ("milmer_live.storage.session.reader", "open_session"),
}

no_telemetry.apply()


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, function = _HOMES[name]
    return getattr(import_module(module), function)
