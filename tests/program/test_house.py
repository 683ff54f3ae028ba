"""The rooms of the package stay small enough to find one's way in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import ROOT

PACKAGE = ROOT / "milmer_live"
MODULES = 15  # at most, in one folder
FOLDERS = sorted({file.parent for file in PACKAGE.rglob("*.py")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_room_is_a_package_of_few_modules(folder: Path) -> None:
    modules = {file.stem for file in folder.glob("*.py")}
    assert "__init__" in modules
    assert len(modules - {"__init__"}) <= MODULES
