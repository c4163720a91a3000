"""One analysis of each kind against metafor and a Python peer: `python tests/bench/kinds.py [kind ...]`.

Both sides are timed in processor seconds, which wander less than the clock's where others use the machine. R
is one process throughout, so that neither its start nor its first calls count.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import metafor
import numpy as np
import peers
from race import Race, Result, random_sets
from race import run as run_race

import claimbook as cb
from claimbook import synthesis

TARGET = 50  # times as fast as metafor, for the kinds that are promised
PROMISED = ("leave", "influence", "GOSH", "permutation", "meta-regression", "selection", "mixed")
TABLES = dict(zip(("events1", "n1", "events2", "n2"), ("a", "n1", "c", "n2"), strict=True))

LOOP = """
suppressMessages(library(metafor))
lines <- file("stdin", "r")
while (length(line <- readLines(lines, 1))) {
  found <- try(eval(parse(text = line), globalenv()), silent = TRUE)
  cat(gsub("[[:space:]]+", " ", as.character(found)[1]), "\\n")
  flush(stdout())
}
"""


class Metafor:
    """An R process that keeps what it is given."""

    def __init__(self, data: dict[str, np.ndarray]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            ["Rscript", "-e", LOOP], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )
        for name, values in data.items():
            numbers = ", ".join(repr(float(x)) for x in values.ravel(order="F"))
            made = f"c({numbers})" if values.ndim == 1 else f"matrix(c({numbers}), {len(values)})"
            self.ask(f"{name} <- {made}; 0")

    def ask(self, code: str) -> str:
        self.process.stdin.write(f"{code}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith("Error"):
            raise RuntimeError(f"R: {code[:200]}: {answer}")
        return answer

    def seconds(self, code: str, runs: int) -> float:
        """Processor seconds of the code, of `runs` runs together divided by their number."""
        used = f"sum(system.time(for (run in 1:{runs}) {{ {code} }}, gcFirst = FALSE)[1:2])"
        return float(self.ask(used)) / runs


@dataclass(frozen=True)
class Kind:
    """ours and R's code for the same; how often each is repeated in a run."""

    work: str
    ours: Callable[[], object]
    code: str
    ours_runs: int = 20
    runs: int = 5


class Data:
    """The data of the kinds: 20 studies with a moderator, 20 tables of events, 1,000 studies with three."""

    def __init__(self, seed: int = 3) -> None:
        rng = np.random.default_rng(seed)
        self.y, self.v = (a[0] for a in random_sets(1))
        self.x = rng.normal(size=20)
        self.n1, self.n2 = rng.integers(40, 200, size=(2, 20))
        logits = rng.normal(-1.8, 0.4, 20)
        self.a = rng.binomial(self.n1, _risk(logits + rng.normal(-0.3, 0.35, 20)))
        self.c = rng.binomial(self.n2, _risk(logits))
        self.many_y, self.many_v = (a[0] for a in random_sets(1, 1000))
        self.many_x = rng.normal(size=(1000, 3))

    @property
    def tables(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, column) for name, column in TABLES.items()}

    @cached_property
    def few(self) -> dict[str, np.ndarray]:
        return {"y": self.y, "v": self.v, "x": self.x}

    @cached_property
    def many(self) -> dict[str, np.ndarray]:
        columns = {f"x{i}": x for i, x in enumerate(self.many_x.T)}
        return {"y": self.many_y, "v": self.many_v} | columns


def _risk(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def kinds(d: Data) -> Iterator[Kind]:
    y, v = d.y, d.v

    def pooled() -> object:
        p = cb.pool(y, v)
        return p.low, p.high, p.p, p.q_p, p.i2, p.prediction

    mean, line = cb.pool(y, v), cb.regress("y ~ x", d.few, v="v")
    rma, with_x = "rma(y, v, test = 'knha')", "rma(y, v, mods = ~ x, test = 'knha')"
    yield Kind("pool, REML and HKSJ, with prediction", pooled, f"predict({rma})", 100, 20)
    yield Kind("leave-one-out", partial(cb.leave_one_out, y, v), f"leave1out({rma})")
    yield Kind("influence", partial(cb.influence, y, v), f"influence({rma})")
    moderated = partial(cb.influence, y, v, design=np.column_stack([np.ones(len(y)), d.x]))
    yield Kind("influence, one moderator", moderated, f"influence({with_x})")
    yield Kind("cumulative", partial(cb.cumulate, y, v), f"cumul({rma})")
    subsets = partial(synthesis.gosh, y[:10], v[:10])
    yield Kind("GOSH, all subsets of 10", subsets, "gosh(rma(y[1:10], v[1:10]), progbar = FALSE)", 5, 1)
    permuted = "permutest({}, iter = 1000, progbar = FALSE)".format
    signs = partial(synthesis.permute_signs, mean, 1000)
    yield Kind("permutation of signs, 1,000", signs, permuted(rma), 5, 1)
    rows = partial(synthesis.permute_moderators, line, 1000)
    yield Kind("permutation of a moderator, 1,000", rows, permuted(with_x), 5, 1)
    yield Kind("meta-regression", lambda: cb.regress("y ~ x", d.few, v="v").coefficients, with_x, 50, 20)
    yield Kind(
        "meta-regression, 1,000 studies, 3 moderators",
        lambda: cb.regress("y ~ x0 + x1 + x2", d.many, v="v").coefficients,
        "rma(many_y, many_v, mods = ~ many_x, test = 'knha')",
        20,
        1,
    )
    scale = partial(synthesis.regress_scale, "y ~ 1", "x", d.few, v="v")
    yield Kind("location-scale model", scale, "rma(y, v, scale = ~ x)", 5)
    yield Kind("trim and fill", partial(cb.trim_and_fill, y, v), f"trimfill({rma})")
    egger = partial(cb.small_study, y, v)
    yield Kind("Egger's regression", egger, "regtest(y, v, model = 'lm')", 50, 20)
    yield Kind("Egger's regression, REML", partial(egger, tau2="REML"), f"regtest({rma})", 50)
    yield Kind("Begg's rank correlation", partial(egger, test="begg"), "ranktest(y, v)", 50, 20)
    interval = "tau2 by Q-profile"
    yield Kind(interval, lambda: cb.pool(y, v).tau2_interval(), "confint(rma(y, v))", 50, 20)
    yield from selections(y, v)
    yield from counts(d.tables)


def selections(y: np.ndarray, v: np.ndarray) -> Iterator[Kind]:
    for model, option in (
        ("stepfun", ", steps = .025"),
        ("beta", ""),
        ("halfnorm", ""),
        ("negexp", ""),
        ("logistic", ""),
        ("power", ""),
        ("negexppow", ""),
    ):
        code = f"selmodel(rma(y, v, method = 'ML'), type = '{model}'{option})"
        runs = 5 if model == "stepfun" else 1
        ours = partial(synthesis.selection_model, y, v, model)
        yield Kind(f"selection model, {model}", ours, code, 5, runs)


def counts(tables: dict[str, np.ndarray]) -> Iterator[Kind]:
    of = "measure = 'OR', ai = a, n1i = n1, ci = c, n2i = n2"
    yield Kind("Mantel-Haenszel", partial(cb.pool_events, **tables, measure="OR"), f"rma.mh({of})", 50, 20)
    for model, option in (
        ("UM.FS", ""),
        ("UM.RS", ""),
        ("UM.RS.cor", ", cor = TRUE"),
        ("CM.AL", ""),
        ("CM.EL", ""),
    ):
        code = f"rma.glmm({of}, model = '{model.removesuffix('.cor')}'{option})"
        ours = partial(synthesis.pool_glmm, "OR", model=model, **tables)
        yield Kind(f"mixed model of tables, {model}", ours, code, 3, 1)


def races() -> Iterator[Race]:
    """Against metafor where it is installed, and against what a Python peer has of the same."""
    data = Data()
    if metafor.installed():
        r = Metafor({name: np.asarray(values, float) for name, values in vars(data).items()})
        for kind in kinds(data):
            theirs = partial(r.seconds, kind.code, kind.runs)
            target = TARGET if kind.work.startswith(PROMISED) else None
            yield Race(kind.work, "metafor", kind.ours, theirs, target, runs=3, inner=kind.ours_runs)
    fitted = cb.regress("y ~ x", data.few, v="v")
    for work, peer, ours, theirs in (
        (
            "meta-regression",
            "PyMARE REML + summary",
            lambda: cb.regress("y ~ x", data.few, v="v").coefficients,
            partial(peers.pymare_regression, data.few),
        ),
        (
            "meta-regression, 1,000 studies, 3 moderators",
            "PyMARE REML + summary",
            lambda: cb.regress("y ~ x0 + x1 + x2", data.many, v="v").coefficients,
            partial(peers.pymare_regression, data.many),
        ),
        (
            "permutation of a moderator, 1,000",
            "PyMARE permutation_test",
            partial(synthesis.permute_moderators, fitted, 1000),
            partial(peers.pymare_permutations, data.y, data.v, data.x),
        ),
    ):
        yield Race(work, peer, ours, partial(processor, theirs), 1, runs=3, inner=5)


def processor(work: Callable[[], object], runs: int = 1) -> float:
    start = time.process_time()
    for _ in range(runs):
        work()
    return (time.process_time() - start) / runs


def run(race: Race) -> Result:
    """In processor time."""
    return run_race(race, time.process_time)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("kind", nargs="*", help="only those whose name contains one of these words")
    words = options.parse_args().kind
    print("| kind | peer | ours | theirs | theirs / ours | target |\n|---|---|--:|--:|--:|--:|")
    for race in races():
        if words and not any(word in race.work for word in words):
            continue
        found = run(race)
        times = f"{1000 * found.ours:.3g} ms | {1000 * found.theirs:.3g} ms | {found.ratio:.3g}"
        print(f"| {race.work} | {race.peer} | {times} | {race.target or ''} |", flush=True)


if __name__ == "__main__":
    main()
