"""What a process that handles callers' words does first: no core dumps, and no log but ours."""

from __future__ import annotations

import gc
import resource
import sys

from hotline.events import silence_other_loggers

_PR_SET_DUMPABLE = 4


def harden() -> None:
    """No core dump of this process (a limit alone does not stop one that is piped), and every other logger silent."""
    silence_other_loggers()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)


def give_back_memory() -> None:
    """Once everything is loaded: what is loaded is left out of later collections, and freed pages go back to Linux."""
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
