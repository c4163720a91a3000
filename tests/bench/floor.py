"""The C floor, compiled where there is a compiler."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

FLAGS = ["-O3", "-march=native", "-shared", "-fPIC"]


def compiled() -> dict[str, Callable] | None:
    """The functions of floor.c by name, each of y, v (n, k) -> tau2 (n,); None without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = Path(tempfile.mkdtemp()) / "floor.so"
    source = Path(__file__).with_name("floor.c")
    subprocess.run([compiler, *FLAGS, "-o", library, source, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    return {name: _call(getattr(loaded, name)) for name in ("fisher", "newton")}


def _call(function: Callable) -> Callable:
    def call(y: np.ndarray, v: np.ndarray) -> np.ndarray:
        n, k = y.shape
        out = np.empty((3, n))
        pointers = [a.ctypes.data_as(ctypes.c_void_p) for a in (y, v, *out)]
        function(*pointers[:2], ctypes.c_size_t(n), ctypes.c_int(k), *pointers[2:])
        return out[0]

    return call
