"""Effects and variances of many shapes, pooled by the package: what the widget's script must give too."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri

import claimbook.book
from claimbook.synthesis import pool

SCRIPT = Path(claimbook.book.__file__).parent / "static" / "pool.js"
MODELS = ("REML HKSJ", "DL z", "EE z")
SIZES = (2, 3, 5, 8, 13, 30, 100)
SPREADS = (0.0, 0.3, 2.0)
LEVELS = (0.95, 0.9)


def vectors() -> list[dict[str, Any]]:
    """Every size, spread between studies, level and model, with effects drawn once and for all."""
    rng = np.random.default_rng(1)
    made = []
    for k in SIZES:
        for spread in SPREADS:
            v = rng.uniform(0.02, 0.5, k)
            y = rng.normal(0.2, np.sqrt(v + spread**2))
            for level in LEVELS:
                z = float(ndtri(0.5 + level / 2))
                given = {"y": y.tolist(), "v": v.tolist(), "level": level, "z": z}
                made += [{**given, "model": model} for model in MODELS]
    return made


def expected(given: list[dict[str, Any]]) -> list[tuple[float, float, float, float]]:
    """Estimate, low, high and tau2 of each vector, by the package."""
    found = []
    for one in given:
        tau2, interval = one["model"].split()
        p = pool(one["y"], one["v"], tau2=tau2, interval=interval, level=one["level"])
        found.append((p.estimate, p.low, p.high, p.tau2))
    return found
