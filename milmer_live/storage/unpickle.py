"""Read a pickle of numpy arrays without running what it says.

A pickle is a program: it can name any function of any module and call it. DEAP's files need
three names of numpy and one of the codecs; everything else is refused by name.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from milmer_live.errors import DatasetError

# What a damaged pickle makes Python and numpy raise while it is rebuilt.
_DAMAGE = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    MemoryError,
    OverflowError,
)


def _encode_latin1(text: str, encoding: str = "latin1") -> bytes:
    """`_codecs.encode` as a protocol-2 pickle of bytes uses it, and for nothing else."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"bytes in the encoding {encoding!r}")
    return text.encode("latin1")


# numpy's own function for rebuilding arrays; it has no public name, but every array tells it.
_RECONSTRUCT = np.empty(0).__reduce__()[0]

_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,  # numpy 1
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,  # numpy 2
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encode_latin1,
}


class _Refused(Exception):
    """The pickle asked for a name that it must not have."""


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _Refused(f"{module}.{name}") from None


def load_arrays(path: Path) -> dict[str, Any]:
    """The dictionary of arrays in `path`; 8-bit strings of Python 2 are read as Latin-1.

    Raises DatasetError where the file is missing, damaged, no dictionary, or asks for anything
    but arrays.
    """
    try:
        with path.open("rb") as file:
            content = _ArrayUnpickler(file, encoding="latin1").load()
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error
    except _Refused as refused:
        raise DatasetError(
            f"{path} asks for '{refused}', which a DEAP file never needs; it was not run.",
            "Do not trust this file; get it again from DEAP's own page.",
        ) from None
    except _DAMAGE as error:
        raise DatasetError(
            f"{path} is damaged or not a pickle ({error or type(error).__name__}).",
            "Get the file again; it may have been cut short.",
        ) from error
    if not isinstance(content, dict):
        raise DatasetError(
            f"{path} holds a {type(content).__name__}, not a dictionary of arrays.",
            "A DEAP file holds 'data' and 'labels'.",
        )
    return {str(key): value for key, value in content.items()}
