"""Where the built program begins (installer.spec). It is `milmer-live`, and it is Python for the
processes that the program starts of itself: `-m milmer_live.…`, and the workers of a pool."""

from __future__ import annotations

import multiprocessing
import runpy
import sys

import milmer_live  # noqa: F401 - before any library: it switches off what they report


def main() -> None:
    """Without an argument, as a double click starts it, it opens the window."""
    if sys.platform == "win32":
        import torch  # noqa: F401 - after Qt c10.dll can fail to load (pytorch#166628)
    module = module_of_ours(sys.argv)
    if module is not None:
        sys.argv = sys.argv[2:]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return
    if len(sys.argv) == 1:
        sys.argv.append("app")
    from milmer_live.cli.app import main as begin

    begin()


def module_of_ours(argv: list[str]) -> str | None:
    """What follows in `-m milmer_live.…`; no other module is run for anybody."""
    match argv[1:]:
        case ["-m", module, *_] if module.startswith("milmer_live."):
            return module
    return None


if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker of a pool goes no further
    main()
