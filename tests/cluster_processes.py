"""A Dask scheduler and workers as processes on loopback, and a way for one of them to die in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ALONE = ("--host", "127.0.0.1", "--no-dashboard")


class Cluster:
    """A scheduler without workers; `stop` ends all that was started."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, []
        file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(file))
        self.address = self._address(file)

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(HERE.parent / "src"), str(HERE)])
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", kind, *ALONE, *options],
                env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def _address(self, file: Path) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.scheduler.poll() is None:
            if file.exists() and file.read_text():
                return str(json.loads(file.read_text())["address"])
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text())

    def add_workers(self, n: int, options: Sequence[str] = ("--no-nanny",)) -> None:
        """Workers on their way; `Client.wait_for_workers` says when they have come."""
        for _ in range(n):
            self._start("worker", self.address, "--nthreads", "1", *options)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


class DiesOnce:
    """A function that kills the process in which it is first called with an argument that it waits for."""

    def __init__(self, function: Callable[[Any], Any], when: Callable[[Any], bool], mark: Path) -> None:
        self.function, self.when, self.mark = function, when, mark

    def __call__(self, argument: Any) -> Any:
        if self.when(argument):
            try:
                self.mark.touch(exist_ok=False)
            except FileExistsError:
                return self.function(argument)
            os.kill(os.getpid(), signal.SIGKILL)
        return self.function(argument)
