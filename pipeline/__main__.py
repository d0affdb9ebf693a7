"""`python -m pipeline` is the command `celosia`: it starts and ends the process, and loads nothing before it must."""

from __future__ import annotations

import gc
import os
from typing import NoReturn


def command() -> NoReturn:
    """Runs the order given to the process and ends it with its exit code."""
    # Without these, a small file would wait longer for the program to load, and to let go of what it loaded, than for its check.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy loads; nothing here multiplies large matrices
    gc.set_threshold(100_000, 20, 20)
    try:
        from pipeline.cli.main import main

        gc.freeze()
        code = main()
    except SystemExit as ended:  # help, or an order that was not understood
        code = ended.code if isinstance(ended.code, int) else 2
    except KeyboardInterrupt:  # before there is anything to tidy up
        code = 130
    # Whatever a run holds, it lets go of before `main` returns, which also has flushed what was said.
    os._exit(code)


if __name__ == "__main__":
    command()
