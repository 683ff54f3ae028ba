"""Disks that fail, for real: the system itself refuses to write."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def full_after(n_bytes: int) -> Iterator[None]:
    """No file can grow beyond `n_bytes`, as on a disk that is full. Only takes what fits of a
    write that crosses the limit, refuses the next."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
