"""Where a data set comes from, in its own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from milmer_live.errors import DatasetError, reading

DESCRIPTION_FILE = "synthetic.json"  # beside the data: seed, participants, effect sizes


def origin(root: Path) -> dict[str, Any]:
    """How a synthetic data set was made; empty for any other. Raises DatasetError."""
    path = root / DESCRIPTION_FILE
    if not path.is_file():
        return {}
    with reading(path, DatasetError, "Synthesize the data again."):
        return dict(json.loads(path.read_text(encoding="utf-8")))
