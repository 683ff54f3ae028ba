"""`milmer-live fetch-models`: the face-detection model, from an older wheel of mediapipe."""

from __future__ import annotations


def fetch_models() -> None:
    """Fetch the face-detection model (BlazeFace, short range, Apache-2.0), once."""
    from rich.console import Console

    from milmer_live import paths
    from milmer_live.storage.face_model import fetch_face_model

    console = Console()
    if fetch_face_model(paths.face_model(), say=console.print):
        console.print(f"Face-detection model: {paths.face_model()}", soft_wrap=True)
