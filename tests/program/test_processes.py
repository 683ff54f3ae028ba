"""A process that ends while a thread of it is in a library."""

from __future__ import annotations

import subprocess
import sys

import pytest

# What a library does when the interpreter takes it apart stands for a thread that is unwound.
PROGRAM = """
import atexit, os, sys, threading
from milmer_live.system.processes import Ending

class Library:
    def __del__(self):
        os.abort()

ending = Ending()
atexit.register(print, "registered")
sys.modules["library"] = Library()
print("printed")
try:
    {end}
except SystemExit as end:
    ending.given(end.code)
    raise
"""


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('not so')", 1, "not so\n"),
        ("raise ValueError('unforeseen')", 1, "ValueError: unforeseen\n"),
    ],
)
def test_a_process_ends_with_its_code_whatever_its_libraries_do(
    end: str, code: int, said: str
) -> None:
    command = [sys.executable, "-c", PROGRAM.format(end=end)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert ended.returncode == code
    assert ended.stdout == "printed\nregistered\n"
    assert ended.stderr.endswith(said)
