"""Memory of files that are mapped is given back, and what is in them can still be read."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from milmer_live.model.backends.mapped_memory import release_mapped

MIB = 2**20


def resident(path: Path) -> int:
    """Bytes of the mapping of `path` that are in memory (/proc/self/smaps, Linux)."""
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    for line in lines:
        if line.endswith(str(path)):
            found = next(one for one in lines if one.startswith("Rss:"))
            return int(found.split()[1]) * 1024
    raise AssertionError(f"{path} is not mapped")


if sys.platform.startswith("linux"):  # elsewhere nothing is done

    def test_pages_of_a_folders_files_are_given_back_and_can_be_read_again(tmp_path: Path) -> None:
        wanted, other = tmp_path / "parts" / "window.bin", tmp_path / "other.bin"
        for path in (wanted, other):
            path.parent.mkdir(exist_ok=True)
            np.arange(MIB, dtype=np.float32).tofile(path)
        mapped = np.memmap(wanted, np.float32, "r")
        beside = np.memmap(other, np.float32, "r")
        total = float(mapped.sum())
        assert float(beside.sum()) == total
        assert resident(wanted) == resident(other) == 4 * MIB
        release_mapped(wanted.parent)
        assert resident(wanted) == 0
        assert resident(other) == 4 * MIB
        assert float(mapped.sum()) == total
