"""What `claimbook check` takes: the first time, with one record changed, and with nothing changed.

    python tests/bench/check_speed.py [sizes]

Prints a Markdown table of whole runs of the command, its start included, in seconds and, in brackets, in
seconds of processor time of all its processes. The records are generated: trials with two arms, baseline
traits, three outcomes, a paired result and a reported one, and a claim for every fifteen trials.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from small_library import CLAIM, INFO, RESULT, dump, entry, record, write

OUTCOMES = {
    f"outcome-{i}": {"label": f"outcome {i}", "direction": "higher_better", "because": "More."}
    for i in range(9)
}
POOLED = 15


def group(rng: random.Random, arm: str, n: int, mean: float, sd: float) -> dict[str, Any]:
    return {
        "arm": arm,
        "n": n,
        "mean": f"{rng.gauss(mean, sd / 3):.1f}",
        "sd": f"{sd * rng.uniform(0.7, 1.4):.1f}",
    }


def trial(rng: random.Random, number: int) -> dict[str, Any]:
    made, n = record(f"trial{number:05d}", number), rng.randrange(8, 60)
    results = []
    for index in range(3):
        mean = 50.0 * (index + 1)
        means = {
            "of": "final",
            "intervention": group(rng, "trained", n, mean * 1.05, mean / 8),
            "comparator": group(rng, "control", n + rng.randrange(-3, 4), mean, mean / 8),
        }
        results.append(
            {**RESULT, "id": f"r{index}", "outcome": f"outcome-{rng.randrange(9)}", "means": means}
        )
    pre, sd = rng.gauss(100, 5), rng.uniform(8, 14)
    pair = {
        "arm": "trained",
        "n": n,
        "mean_pre": f"{pre:.1f}",
        "sd_pre": f"{sd:.1f}",
        "mean_post": f"{pre + 4:.1f}",
    }
    results.append(
        {
            **RESULT,
            "id": "pair",
            "outcome": "outcome-0",
            "pre_post": {**pair, "sd_post": f"{sd:.1f}", "r": 0.8},
        }
    )
    estimate, half = rng.gauss(0.3, 0.2), rng.uniform(0.2, 0.6)
    bounds = {"low": f"{estimate - half:.2f}", "high": f"{estimate + half:.2f}"}
    reported = {"measure": "SMD", "estimate": f"{estimate:.2f}", **bounds}
    results.append({**RESULT, "id": "own", "outcome": "outcome-1", "reported": reported})
    traits = [
        {
            "what": "age",
            "unit": "years",
            "arm": arm,
            "n": n,
            "mean": f"{rng.gauss(30, 6):.1f}",
            "sd": f"{rng.uniform(3, 8):.1f}",
        }
        for arm in ("trained", "control")
    ]
    return {**made, "results": results, "population": {**made["population"], "traits": traits}}


def files(size: int) -> dict[str, str]:
    rng = random.Random(size)
    texts = {"library.yaml": dump({**INFO, "outcomes": OUTCOMES})}
    trials = [trial(rng, number) for number in range(size)]
    texts |= {f"records/{made['study']}.yaml": dump(made) for made in trials}
    texts["references.bib"] = "\n".join(entry(made["study"], number) for number, made in enumerate(trials))
    for start in range(0, size, POOLED):
        used = [{"study": made["study"], "result": "r0"} for made in trials[start : start + POOLED]]
        key = f"claim{start:05d}"
        texts[f"claims/{key}.yaml"] = dump({"claim": key, **CLAIM, "outcome": "outcome-0", "studies": used})
    return texts


def timed(folder: Path) -> tuple[float, float]:
    """Seconds, and seconds of processor time, of one check of the library in a folder."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-c", "from claimbook.cli import main; main()", "-q", "check", "--json"]
    before, start = os.times(), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False)
    took, after = time.perf_counter() - start, os.times()
    used = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    return took, used


def one_changed(folder: Path, weeks: int) -> tuple[float, float]:
    """The same after the length of one trial was changed."""
    record = folder / "studies" / "records" / "trial00007.yaml"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace('"weeks": ', f'"weeks": {weeks}'), encoding="utf-8")
    return timed(folder)


def middle(times: list[tuple[float, float]]) -> str:
    took, used = (median(column) for column in zip(*times, strict=True))
    return f"{took:.1f} ({used:.1f})"


def main(sizes: list[int]) -> None:
    print("| records | first check, s | records/s | one record changed, s | nothing changed, s |")
    print("|--:|--:|--:|--:|--:|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder / "studies", files(size))
            first = timed(folder)
            changed = [one_changed(folder, number + 1) for number in range(3)]
            same = [timed(folder) for _ in range(3)]
            cells = (middle([first]), f"{size / first[0]:,.0f}", middle(changed), middle(same))
            print(f"| {size:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100, 1_000, 10_000])
