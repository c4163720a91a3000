"""R's metafor on the same data, timed inside R, where Rscript and the package are installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

FITS = 500  # of a hundred thousand that the rest is reckoned from
WORK = {
    "100,000 REML fits": "for (i in 1:nrow(y)) try(rma(y[i, ], v[i, ]), silent = TRUE)",
    "leave-one-out, 20 studies": "leave1out(rma(y[1, ], v[1, ], test = 'knha'))",
    "influence, 20 studies": "influence(rma(y[1, ], v[1, ], test = 'knha'))",
    "GOSH, REML, the 1,023 subsets of 10": "gosh(rma(y[1, 1:10], v[1, 1:10]), progbar = FALSE)",
}

SCRIPT = """
suppressMessages(library(metafor))
y <- as.matrix(read.csv("{folder}/y.csv", header = FALSE))
v <- as.matrix(read.csv("{folder}/v.csv", header = FALSE))
run <- function() {{ {code} }}
invisible(run())
cat(system.time(for (i in 1:{runs}) run())[["elapsed"]] / {runs})
"""


def installed() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(metafor)"], capture_output=True).returncode == 0


def seconds(work: str, y: np.ndarray, v: np.ndarray) -> float:
    """How long the R code takes without start-up and a first run; many fits as so many times FITS."""
    with tempfile.TemporaryDirectory() as folder:
        for name, values in (("y", y), ("v", v)):
            np.savetxt(Path(folder) / f"{name}.csv", values[:FITS], delimiter=",")
        runs = 1 if "fits" in work or "GOSH" in work else 10
        script = SCRIPT.format(folder=folder, code=WORK[work], runs=runs)
        done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
    return float(done.stdout) * (len(y) / FITS if "fits" in work else 1)
