"""Over a cluster of real processes results are the same to the last bit, whatever becomes of its workers."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from cluster_processes import Cluster, DiesOnce

import claimbook as cb
from claimbook.cli import main
from claimbook.synthesis.scheduling import cluster, over
from claimbook.synthesis.simulation import BLOCK, Job, grid, simulate

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
dd = pytest.importorskip("dask.dataframe")

CELLS = grid([3, 8], [0.0, 0.1])
N = 8 * BLOCK
SETS = 2000


def is_the_sixth(job: Job) -> bool:
    return job.seed[1] == 5 * BLOCK


def holds_the_last_row(part: pd.DataFrame) -> bool:
    return bool((part["row"] == 8 * SETS - 1).any())


def unchanged(part: pd.DataFrame) -> pd.DataFrame:
    return part


def studies() -> pd.DataFrame:
    """Eight studies a set, the sets all over the frame."""
    rng = np.random.default_rng(4)
    names = rng.permutation(np.repeat(np.arange(SETS), 8))
    v = rng.uniform(0.05, 0.5, len(names))
    return pd.DataFrame({"review": names, "y": rng.normal(0.2, v**0.5), "v": v, "row": np.arange(len(names))})


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same work on one worker, on four, on those while one and then another dies, and on the two left."""
    folder = tmp_path_factory.mktemp("cluster")
    made, frame, found = Cluster(folder), dd.from_pandas(studies(), npartitions=6), {}
    dies = DiesOnce(unchanged, holds_the_last_row, folder / "second")

    def dying(function, jobs):
        return over(client)(DiesOnce(function, is_the_sixth, folder / "first"), jobs)

    def work(name, mapper, frame):
        table = client.compute(cb.pool_many(frame, by="review"), sync=True)
        found[name] = simulate(CELLS, n=N, seed=7, mapper=mapper), table.sort_index()

    try:
        with distributed.Client(made.address, set_as_default=False) as client:
            with pytest.raises(RuntimeError, match="the cluster has no workers"):
                over(client)(abs, [1])
            made.add_workers(1)
            client.wait_for_workers(1, timeout=60)
            work("one worker", over(client), frame)
            made.add_workers(3)
            client.wait_for_workers(4, timeout=60)
            work("four workers", over(client), frame)
            work("workers lost", dying, frame.map_partitions(dies, meta=frame._meta))
            found["left"] = len(client.nthreads())
            work("two workers", over(client), frame)
            yield made.address, found
    finally:
        made.stop()


NAMES = ["one worker", "four workers", "workers lost", "two workers"]


@pytest.fixture(scope="module")
def here():
    return simulate(CELLS, n=N, seed=7, mapper=map)


@pytest.mark.parametrize("name", NAMES)
def test_a_simulation_gives_the_same_bytes(runs, here, name):
    pd.testing.assert_frame_equal(runs[1][name][0], here, check_exact=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_pooled_frame_has_the_same_bytes(runs, name):
    pd.testing.assert_frame_equal(runs[1][name][1], runs[1]["one worker"][1], check_exact=True)


def test_two_workers_were_lost_indeed(runs):
    assert runs[1]["left"] == 2


def test_a_pooled_frame_is_what_one_process_makes_of_it(runs):
    table = cb.pool_many(studies(), by="review")
    pd.testing.assert_frame_equal(runs[1]["one worker"][1], table, rtol=1e-10, check_index_type=False)


def test_the_command_prints_the_same_over_a_cluster(runs):
    small = ("--studies", "2", "--participants", "50", "--updates", "60", "--syntheses", "100", "--json")
    command = ["simulate", "concurrent-hypertrophy", *small]
    one, other = (
        CliRunner().invoke(main, [*command, *over], prog_name="claimbook", catch_exceptions=False).stdout
        for over in ((), ("--scheduler", runs[0]))
    )
    assert one == other != ""


def test_sets_in_order_stay_in_order():
    frame = studies().set_index("review").sort_index(kind="stable")
    lazy = cb.pool_many(dd.from_pandas(frame, npartitions=5), by="review")
    with dask.config.set(scheduler="synchronous"):
        table = lazy.compute()
    pd.testing.assert_frame_equal(table, cb.pool_many(frame.reset_index(), by="review"), rtol=1e-10)


def test_a_set_that_two_partitions_share_is_no_quiet_wrong_number():
    frame = pd.DataFrame({"review": [1, 1, 2, 2], "y": 0.1, "v": [0.1, 0.2, 0.3, 0.4]}).set_index("review")
    pieces = [frame.iloc[:3], frame.iloc[3:]]
    cut = dd.from_map(lambda i: pieces[i], [0, 1], meta=frame, divisions=(1, 2, 2))
    with dask.config.set(scheduler="synchronous"):
        with pytest.raises(ValueError, match="two partitions share review=2"):
            cb.pool_many(cut, by="review").compute()
        whole = cb.pool_many(cut.reset_index(), by="review").compute()
    assert whole.sort_index()["k"].tolist() == [2, 2]


def test_a_dask_frame_without_a_column_is_refused_at_once():
    with pytest.raises(ValueError, match="'w' is no column of the frame, which has review, y, v, row"):
        cb.pool_many(dd.from_pandas(studies(), npartitions=2), by="review", v="w")


@pytest.mark.parametrize("address", ["here", "http://here:80", "tcp://here"])
def test_an_address_names_a_host_and_a_port(address):
    with pytest.raises(ValueError, match="address must be tcp://HOST:PORT"), cluster(address):
        pass
