"""The real server with fake workers, which the options of a request control.

Run as a program it is ``pinxit`` with fake workers. ``one_pass`` sleeps for ``style_scale`` seconds, if that is given;
the ``seed`` makes it die, hang, or allocate memory. ``job`` sleeps likewise, and appends a line for each job that it
finishes to the file ``finished`` in the store.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DIES, HANGS, GROWS, RAISES, LOOPS = 4_210_000_001, 4_210_000_002, 4_210_000_003, 4_210_000_004, 4_210_000_005
"""Seeds."""
TRAINING_SECONDS = 6.0
OUTPUT = b"\x89PNG painted"


def misbehave(options: dict[str, Any], memory: list[bytearray]) -> None:
    """Die, hang, allocate memory or raise, as the seed says."""
    seed = options.get("seed", 0)
    if seed == DIES:
        os.kill(os.getpid(), signal.SIGKILL)
    if seed == HANGS:
        time.sleep(3600)
    if seed == GROWS:
        while True:
            memory.append(bytearray(os.urandom(1)) * 2**26)
            time.sleep(0.02)
    if seed == LOOPS:
        run_endless_network()
    if seed == RAISES:
        raise RuntimeError("/etc/secret is not for the public")


def run_endless_network() -> None:
    """Run a graph whose loop ends after 2^63 rounds. It holds no lock of Python, and hears no halt."""
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    def value(name: str, kind: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, [])

    whole, truth, number = TensorProto.INT64, TensorProto.BOOL, TensorProto.FLOAT
    nodes = [helper.make_node("Identity", ["on"], ["on_out"]), helper.make_node("Cos", ["x_in"], ["x_out"])]
    inner = [value("round", whole), value("on", truth), value("x_in", number)]
    body = helper.make_graph(nodes, "body", inner, [value("on_out", truth), value("x_out", number)])
    loop = helper.make_node("Loop", ["rounds", "", "x"], ["y"], body=body)
    graph = helper.make_graph([loop], "g", [value("rounds", whole), value("x", number)], [value("y", number)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    session.run(None, {"rounds": np.array(2**63 - 1), "x": np.array(1, np.float32)})


def run_one_pass() -> None:
    """Stand in for `pinxit.service.workers.one_pass`."""
    from pinxit.service.workers import one_pass

    class FakeWorker(one_pass.OnePassWorker):
        def warm_up(self) -> None:
            pass

        def look(self, head: one_pass.Head, parts: Sequence[bytes]) -> dict[str, str | int]:
            return {"format": "JPEG", "height": 1, "width": 1}

        def paint(self, head: one_pass.Head, parts: Sequence[bytes]) -> bytes:
            misbehave(head["options"], [])
            ends = time.monotonic() + head["options"].get("style_scale", 0)
            while time.monotonic() < ends:
                self._check_cancelled()
                time.sleep(0.005)
            return OUTPUT

    one_pass.OnePassWorker = FakeWorker  # type: ignore[misc]
    one_pass.main()


def run_job() -> None:
    """Stand in for `pinxit.service.workers.job`."""
    from pinxit.files import atomic
    from pinxit.service.store import Json
    from pinxit.service.workers import job, runtime

    class FakeWorker(job.JobWorker):
        def optimize(self) -> Json:
            options = self.request["options"]
            misbehave(options, [])
            for index in range(1, 11):
                self.reporter.step(index / 10, index, 10, (8, 8))
                time.sleep(options.get("style_scale", 0) / 10)
                if self.stopped.is_set():
                    break
            atomic.save(OUTPUT, "result.png")
            return {"file": "result.png", "height": 1, "width": 1, "stopped": index % 10}

        def train(self) -> Json:
            time.sleep(TRAINING_SECONDS)
            atomic.save(OUTPUT, "result.pinxit")
            return {"file": "result.pinxit", "height": None, "width": None, "stopped": 0}

    last_step, save_outcome, die = threading.Lock(), job._save_outcome, runtime.die

    def save_and_log(made: Json) -> Json:
        with last_step:
            outcome = save_outcome(made)
            with Path("../../finished").open("a", encoding="utf-8") as log:
                log.write(Path.cwd().name + "\n")
            return outcome

    def die_between_steps() -> None:  # so that a job is in the log exactly if its outcome is saved
        with last_step:
            die()

    job.JobWorker, job._save_outcome, runtime.die = FakeWorker, save_and_log, die_between_steps  # type: ignore[misc]
    job.main()


def main() -> None:
    """Run the command line, or one of the processes."""
    from pinxit.cli import main as pinxit
    from pinxit.service.jobs import queue
    from pinxit.service.workers import pool

    pool.MODULE, queue.MODULE = "support.service_stub_one_pass", "support.service_stub_job"
    pinxit(sys.argv[1:])


if __name__ == "__main__":
    main()
