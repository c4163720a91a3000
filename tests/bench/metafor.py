"""R's metafor in a loop over the same sets, timed inside R, where Rscript and the package are installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

FITS = 500  # that the rest is reckoned from

SCRIPT = """
suppressMessages(library(metafor))
y <- as.matrix(read.csv("{folder}/y.csv", header = FALSE))
v <- as.matrix(read.csv("{folder}/v.csv", header = FALSE))
fits <- function() for (i in 1:nrow(y)) try(rma(y[i, ], v[i, ], method = "{method}"), silent = TRUE)
fits()
cat(system.time(fits())[["elapsed"]])
"""


def installed() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(metafor)"], capture_output=True).returncode == 0


def version() -> str:
    code = "cat(as.character(packageVersion('metafor')))"
    return subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout


def fits(y: np.ndarray, v: np.ndarray, method: str) -> float:
    """Seconds for a fit of each row of y, v, reckoned from the first FITS of them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, values in (("y", y), ("v", v)):
            np.savetxt(Path(folder) / f"{name}.csv", values[:FITS], delimiter=",")
        script = SCRIPT.format(folder=folder, method=method)
        done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
    return float(done.stdout) * len(y) / min(FITS, len(y))
