"""Where files live: resources that come with the program, caches and logs of the user."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent


def is_built() -> bool:
    """Whether this is the program that `make installer` builds: it has no Python beside it."""
    return bool(getattr(sys, "frozen", False))


def resource(name: str) -> Path:
    """A file of `resources/`, in a checkout beside the package, once installed inside it."""
    beside = PACKAGE.parent / "resources"
    return (beside if beside.is_dir() else PACKAGE / "resources") / name


def cache_dir() -> Path:
    """The user's cache; `MILMER_LIVE_CACHE` moves it."""
    chosen = os.environ.get("MILMER_LIVE_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("milmer_live", appauthor=False)


def config_dir() -> Path:
    """The user's settings and window layouts; `MILMER_LIVE_CONFIG` moves it."""
    chosen = os.environ.get("MILMER_LIVE_CONFIG")
    if chosen:
        return Path(chosen)
    from platformdirs import user_config_path

    return user_config_path("milmer_live", appauthor=False)


def face_model() -> Path:
    """The face-detection model: carried by a built program, else in the cache, put there by
    `milmer-live fetch-models`."""
    folder = resource("models") if is_built() else cache_dir() / "models"
    return folder / "face_detection_short_range.tflite"


def recordings() -> Path:
    """Where sessions are saved unless another folder is chosen; `MILMER_LIVE_RECORDINGS`
    moves it.

    A built program is started by a double click, from a folder that nobody chose: its sessions
    go to the user's documents.
    """
    chosen = os.environ.get("MILMER_LIVE_RECORDINGS")
    if chosen or not is_built():
        return Path(chosen or "recordings")
    from platformdirs import user_documents_path

    return user_documents_path() / "milmer_live"


def fallback_recordings() -> Path:
    """Where a session goes on when its own disk fails: the user's data on this machine."""
    from platformdirs import user_data_path

    return user_data_path("milmer_live", appauthor=False) / "recordings"


def log_file() -> Path:
    """Where the app writes its log; `MILMER_LIVE_CACHE` moves it along with the cache."""
    if os.environ.get("MILMER_LIVE_CACHE"):
        return cache_dir() / "milmer_live.log"
    from platformdirs import user_log_path

    return user_log_path("milmer_live", appauthor=False) / "milmer_live.log"
