"""Which machine a figure comes from."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from milmer_live.model.backends.choose import has_cuda_driver


def machine() -> dict[str, str | int]:
    """Processor, cores, accelerator and versions, for the head of every result."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "accelerator": _accelerator(),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "torch": version("torch"),
    }


def _accelerator() -> str:
    """Asked of PyTorch only where there may be one: it would stay in the memory measured."""
    if not has_cuda_driver():
        return "none"
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none"


def _processor() -> str:
    """The model's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
