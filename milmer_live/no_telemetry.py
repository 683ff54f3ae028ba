"""Switches off what libraries report about their users. `milmer_live/__init__.py` applies it, so
it holds before any library is imported: in the program, in its child processes, and in scripts.

What was found, in the versions of constraints.txt:

- `import openvino` sends events with a lasting client ID to a web analytics service, from a fork,
  and writes `~/intel/`. It does without where its package `openvino_telemetry` is missing.
- MediaPipe's detectors post usage statistics to play.googleapis.com, from compiled code without a
  switch. That code uses libcurl, which obeys `https_proxy`: a proxy of a kind that does not exist
  makes every request fail before a name is looked up or a socket is connected.
- Importing MediaPipe imports `sounddevice`, which opens the sound system. Nothing here listens.
- Hugging Face's libraries send what uses them along with a download.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from milmer_live.paths import cache_dir

ABSENT = ("openvino_telemetry", "sounddevice")
SETTINGS = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
NO_PROXY_AT_ALL = "off://"  # libcurl knows no such kind of proxy
REPORTS_TO = "play.googleapis.com"
HUB_OFF = "HF_HUB_OFFLINE"
BY_US = "MILMER_LIVE_HUB_OFFLINE"  # HF_HUB_OFFLINE was set here, not by the user


def apply() -> None:
    """May be called again. What the user has set stays, telemetry excepted."""
    for package in ABSENT:
        sys.modules.setdefault(package, None)  # type: ignore[arg-type] # import raises ImportError
    os.environ.update(SETTINGS)
    os.environ.setdefault("MPLCONFIGDIR", str(cache_dir() / "matplotlib"))  # else in two places
    if not {HUB_OFF, "TRANSFORMERS_OFFLINE"} & os.environ.keys():
        os.environ.update({HUB_OFF: "1", BY_US: "1"})
    _keep_users_proxy()
    _block_native_requests()


def _keep_users_proxy() -> None:
    """In capitals, where Python's libraries find it too. A child process meets our own value."""
    given = os.environ.pop("https_proxy", NO_PROXY_AT_ALL)
    if given != NO_PROXY_AT_ALL:
        os.environ.setdefault("HTTPS_PROXY", given)


def _block_native_requests() -> None:
    """For compiled code alone: `putenv` leaves `os.environ`, which Python's libraries read."""
    os.putenv("https_proxy", NO_PROXY_AT_ALL)
    spared = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    kept = [one for one in map(str.strip, spared.split(",")) if not _spares_reports(one)]
    if spared:
        os.putenv("no_proxy", ",".join(kept) or "localhost")


def _spares_reports(host: str) -> bool:
    return host == "*" or f".{REPORTS_TO}".endswith("." + host.lstrip("*."))


@contextmanager
def users_environment() -> Iterator[None]:
    """The environment as the user has set it, for a program that is started meanwhile, such as a
    file manager or a browser."""
    for name in ("https_proxy", "no_proxy"):
        given = os.environ.get(name)
        os.unsetenv(name) if given is None else os.putenv(name, given)
    try:
        yield
    finally:
        _block_native_requests()


@contextmanager
def hub_allowed() -> Iterator[None]:
    """Reach Hugging Face's hub meanwhile: the user has named a model of it. What the user set to
    stay offline holds."""
    from huggingface_hub import constants

    was = constants.HF_HUB_OFFLINE
    if BY_US in os.environ:
        constants.HF_HUB_OFFLINE = False
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = was
