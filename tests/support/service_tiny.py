"""The real server with real processes, whose jobs of the kind explain compute little, with a tiny VGG-19.

With arguments it is ``pinxit``, without any the process of one job.
"""

from __future__ import annotations

import contextlib
import sys


def serve() -> None:
    """Run the command line."""
    from pinxit.cli import main
    from pinxit.service.jobs import queue

    queue.MODULE = "support.service_tiny"
    main(sys.argv[1:])


def run_job() -> None:
    """Run the job of the current folder."""
    from pinxit.explain import pair
    from pinxit.nn import device, vgg_weights
    from pinxit.service.workers import job, runtime
    from support.explained import TINY
    from support.networks import tiny_vgg

    pair.QUICK, vgg_weights.load = TINY, tiny_vgg
    runtime.lower_priority = lambda: None  # the test waits for it
    device.thread_count = contextlib.contextmanager(lambda count: iter([None]))  # one thread, as `conftest` says
    job.main()


if __name__ == "__main__":
    serve() if sys.argv[1:] else run_job()
