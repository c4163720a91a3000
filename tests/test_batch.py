"""`pool_many` gives the numbers of `pool`, whatever the company a row is in."""

import numpy as np
import pandas as pd
import pytest
from reference import distance

import claimbook as cb
from claimbook.synthesis import TAU2, batch, batch_model
from claimbook.synthesis.batch import COLUMNS, fit_rows, pool_many
from claimbook.synthesis.batch_fit import INTERVAL_COLUMNS
from claimbook.synthesis.batch_frame import pool_stream
from claimbook.synthesis.batch_tau2 import TAU2_COLUMNS

ROWS = 40
# How many studies, over how many powers of ten the variances spread, in which unit, how many are absent.
SETS = {
    "even": (20, 1, 1.0, 0.0),
    "uneven": (6, 5, 1.0, 0.2),
    "three studies": (3, 4, 1.0, 0.0),
    "two studies": (2, 1, 1.0, 0.0),
    "many studies": (60, 3, 1.0, 0.5),
    "tiny": (8, 2, 1e-6, 0.3),
    "huge": (8, 2, 1e6, 0.3),
    "hardly a float": (8, 2, 1e150, 0.3),
    "nearly zero": (8, 2, 1e-150, 0.3),
}


def draw(k: int, spread: float, unit: float = 1.0, absent: float = 0.0, n: int = ROWS, seed: int = 1):
    rng = np.random.default_rng(seed)
    v = 10 ** rng.uniform(-spread, 0.5, size=(n, k))
    y = 0.3 + rng.normal(size=(n, k)) * np.sqrt(v + rng.choice([0, 0.1, 1], size=(n, 1)))
    gone = rng.random((n, k)) < absent
    gone[:, :2] = False
    y[gone] = np.nan
    return y * unit, v * unit**2


def row_by_row(y, v, *method) -> pd.DataFrame:
    rows = []
    for effects, variances in zip(y, v, strict=True):
        here = ~np.isnan(effects)
        p = cb.pool(effects[here], variances[here], *method)
        low, high = p.prediction
        own = {"prediction_low": low, "prediction_high": high, "converged": True}
        rows.append({name: own[name] if name in own else getattr(p, name) for name in COLUMNS})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("sets", SETS)
@pytest.mark.parametrize("tau2", TAU2_COLUMNS)
def test_every_row_is_what_pool_gives(tau2, sets):
    y, v = draw(*SETS[sets])
    interval = list(INTERVAL_COLUMNS)[list(TAU2_COLUMNS).index(tau2) % len(INTERVAL_COLUMNS)]
    ours, theirs = pool_many(y, v, tau2, interval), row_by_row(y, v, tau2, interval)
    unit = np.nanmean(v)
    assert list(ours) == list(COLUMNS)
    for name in COLUMNS:
        rounding = {"tau2": 1e-5 * unit, "i2": 1e-3, "statistic": 1e-3}.get(name, 0.0)
        if name in ("estimate", "low", "high", "prediction_low", "prediction_high"):
            rounding = 1e-3 * unit**0.5
        assert distance(ours[name], theirs[name], 1e-10 * rounding) < 1e-10, name


@pytest.mark.parametrize("interval", INTERVAL_COLUMNS)
def test_every_interval_is_what_pool_gives(interval):
    y, v = draw(7, 2)
    ours, theirs = pool_many(y, v, "REML", interval, 0.9), row_by_row(y, v, "REML", interval, 0.9)
    for name in ("se", "low", "high", "df", "p", "prediction_low", "prediction_high"):
        assert distance(ours[name], theirs[name], 1e-13) < 1e-10, name


def test_a_known_tau2_is_taken_as_it_is():
    y, v = draw(7, 2, unit=1e6)
    ours, theirs = pool_many(y, v, 2.5e11), row_by_row(y, v, 2.5e11)
    assert distance(ours[["tau2", "se", "i2"]], theirs[["tau2", "se", "i2"]]) < 1e-12


def test_only_estimators_that_need_more_than_the_data_are_left_to_pool():
    assert set(TAU2) - set(TAU2_COLUMNS) == {"GENQ", "GENQM"}


def test_the_number_of_threads_does_not_change_a_bit(monkeypatch):
    monkeypatch.setattr(batch, "BLOCK", 9 * 50)
    y, v = draw(9, 3, absent=0.3, n=500)
    pd.testing.assert_frame_equal(pool_many(y, v, workers=3), pool_many(y, v, workers=1), check_exact=True)


def test_rows_do_not_depend_on_their_neighbours(monkeypatch):
    y, v = draw(9, 3, absent=0.3, n=500)
    whole = pool_many(y, v)
    assert distance(pool_many(y[100:103], v[100:103]), whole[100:103], 1e-14) < 1e-12
    monkeypatch.setattr(batch_model, "CACHE", 9 * 7)
    assert distance(pool_many(y, v), whole, 1e-14) < 1e-12


def test_the_order_of_studies_does_not_matter():
    y, v = draw(9, 3, absent=0.3)
    turned = pool_many(y[:, ::-1], v[:, ::-1])
    assert distance(turned, pool_many(y, v), 1e-13) < 1e-10


@pytest.mark.parametrize("tau2", TAU2_COLUMNS)
def test_a_change_of_unit_changes_nothing_else(tau2):
    y, v = draw(9, 3, absent=0.3)
    unit = 2.0**40
    one, other = pool_many(y, v, tau2), pool_many(y * unit, v * unit**2, tau2)
    assert (other["tau2"] == one["tau2"] * unit**2).all()
    assert (other[["p", "i2", "q_p"]] == one[["p", "i2", "q_p"]]).all(axis=None)


def test_swapping_the_signs_flips_the_estimates():
    y, v = draw(9, 3)
    assert (fit_rows(-y, v).estimate == -fit_rows(y, v).estimate).all()


def test_identical_effects_are_homogeneous():
    rows = pool_many(np.full((1, 4), 0.7), np.full((1, 4), 0.1)).loc[0]
    assert (rows.estimate, rows.tau2, rows.se, rows.p) == (0.7, 0, 0, 0)


def test_one_vector_serves_all_rows():
    y, v = draw(9, 3)
    assert (fit_rows(y, v[0]).tau2 == fit_rows(y, np.tile(v[0], (ROWS, 1))).tau2).all()


def test_a_set_without_an_answer_says_so():
    y = np.array([[0.1, np.nan, np.nan], [np.nan] * 3, [0.1, 0.2, 0.4]])
    rows = pool_many(y, np.ones(3))
    assert rows["converged"].tolist() == [False, False, True]
    assert rows["k"].tolist() == [1, 0, 3]
    assert rows.loc[:1].drop(columns=["k", "converged"]).isna().all(axis=None)


def test_a_single_study_has_a_normal_interval():
    rows, p = pool_many([[0.1, np.nan]], [[0.04, 1.0]], "EE", "z").loc[0], cb.pool([0.1], [0.04], "EE", "z")
    assert [rows[name] for name in ("estimate", "low", "q_p", "h2", "i2")] == pytest.approx(
        [p.estimate, p.low, p.q_p, p.h2, p.i2], rel=1e-14
    )


@pytest.mark.parametrize("ratio", [1e8, 1e14, 1e20, 1e60])
def test_a_study_of_any_weight_costs_no_digits(ratio):
    y, v = np.array([[0.0, 0.5, -0.4, 1.2, 0.3]]), np.array([[1 / ratio, 0.1, 0.2, 0.1, 0.3]])
    for tau2 in ("DL", "PM", "REML", "ML"):
        theirs = cb.pool(y[0], v[0], tau2, "z")
        assert distance(fit_rows(y, v, tau2).tau2, theirs.tau2) < 1e-10, tau2


@pytest.mark.parametrize(
    ("y", "v", "method", "words"),
    [
        ([[1.0, np.inf]], [[1.0, 1.0]], {}, "y must be finite.*inf in row 0, column 1"),
        ([[1.0, 2.0]], [[1.0, 0.0]], {}, "v must be positive and finite.*0.0 in row 0, column 1"),
        ([[1.0, 2.0]], [[-1.0, 1.0]], {}, "got -1.0 in row 0, column 0"),
        ([[1.0, 2.0]], [[1.0, np.inf]], {}, "got inf in row 0, column 1"),
        ([["a"]], [[1]], {}, "y must be numbers: could not convert string to float: 'a'"),
        ([[1.0, 2.0]], [[1.0, 1.0]], {"tau2": "reml"}, "got 'reml'; did you mean \"REML\""),
        ([1.0, 2.0], [1.0, 1.0], {}, r"shape \(n, k\)"),
        ([[1.0, 2.0]], [[1.0, 1.0, 1.0]], {}, r"got shapes \(1, 2\) and \(1, 3\)"),
        (np.ones((2, 2)), np.ones((3, 2)), {}, "as many rows"),
        (np.ones((2, 0)), np.ones((2, 0)), {}, "shape"),
        ([[1.0, 2.0]], [[1.0, 1.0]], {"tau2": "GENQ"}, "one of EE, DL.*got 'GENQ', which pool takes"),
        ([[1.0, 2.0]], [[1.0, 1.0]], {"tau2": "BEST"}, "got 'BEST'$"),
        ([[1.0, 2.0]], [[1.0, 1.0]], {"tau2": -1.0}, "tau2 must be at least 0"),
        ([[1.0, 2.0]], [[1.0, 1.0]], {"interval": "KR"}, "one of z, t, HKSJ.*got 'KR', which pool takes"),
        ([[1.0, 2.0]], [[1.0, 1.0]], {"level": 95}, "level must lie between 0 and 1"),
    ],
)
def test_unusable_input_is_named(y, v, method, words):
    with pytest.raises(ValueError, match=words):
        pool_many(y, v, **method)


def test_the_row_in_a_message_counts_from_the_first():
    y, v = np.zeros((5000, 40)), np.ones((5000, 40))
    v[4321, 7] = -2.0
    with pytest.raises(ValueError, match=r"got -2\.0 in row 4321, column 7"):
        fit_rows(y, v)


def long_frame(n: int = 200, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    k = rng.integers(2, 40, n)
    frame = pd.DataFrame({"review": np.repeat([f"r{i:04d}" for i in range(n)], k)})
    frame["vi"] = rng.uniform(0.05, 0.5, len(frame))
    frame["yi"] = rng.normal(size=len(frame)) * np.sqrt(frame["vi"] + 0.1)
    return frame


def test_a_long_frame_gives_each_set_its_row():
    frame = long_frame()
    many = pool_many(frame.sample(frac=1, random_state=1), by="review", y="yi", v="vi")
    each = frame.groupby("review").apply(lambda g: cb.pool(g["yi"], g["vi"]).high, include_groups=False)
    assert many.index.equals(each.index)
    assert distance(many["high"], each) < 1e-10


def test_sets_may_be_named_by_several_columns():
    frame = long_frame(6).assign(outcome=lambda f: np.arange(len(f)) % 2)
    many = pool_many(frame, by=["review", "outcome"], y="yi", v="vi")
    assert many.index.names == ["review", "outcome"]
    assert many["k"].sum() == len(frame)


def test_a_set_whose_studies_are_all_absent_keeps_its_row():
    frame = pd.DataFrame({"set": ["a", "a", "b"], "y": [0.1, 0.2, np.nan], "v": [1.0, 1.0, 1.0]})
    assert pool_many(frame, by="set")["k"].to_dict() == {"a": 2, "b": 0}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"yi": np.inf}, "'yi' must be finite, got inf in row 3"),
        ({"vi": 0.0}, "'vi' must be positive and finite, got 0.0 in row 3"),
        ({"review": None}, "'review' must not be missing.*in row 3"),
    ],
)
def test_an_unusable_line_of_a_frame_is_named(change, words):
    frame = long_frame(4)
    for name, value in change.items():
        frame.loc[3, name] = value
    with pytest.raises(ValueError, match=words):
        pool_many(frame, by="review", y="yi", v="vi")


def test_an_unknown_column_is_named():
    with pytest.raises(ValueError, match="'y' is no column of the frame, which has review, vi, yi"):
        pool_many(long_frame(3), by="review")


def test_a_column_without_sets_is_refused():
    with pytest.raises(ValueError, match="y='yi' names a column of a frame and needs by="):
        pool_many(long_frame(3), y="yi", v="vi")
    with pytest.raises(ValueError, match="'study' is no column of the frame"):
        list(pool_stream([long_frame(3)], "study", "yi", "vi"))


def test_no_sets_give_no_rows():
    assert pool_many(long_frame(3).iloc[:0], by="review", y="yi", v="vi").shape == (0, len(COLUMNS))
    assert pool_many(np.empty((0, 3)), np.empty((0, 3))).shape == (0, len(COLUMNS))


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_a_stream_gives_what_the_whole_frame_gives(size):
    frame = long_frame(8)
    pieces = [frame[i : i + size] for i in range(0, len(frame), size)]
    streamed = pd.concat(pool_stream(pieces, "review", "yi", "vi"))
    pd.testing.assert_frame_equal(streamed, pool_many(frame, by="review", y="yi", v="vi"))


def test_a_stream_out_of_order_is_refused():
    frame = long_frame(10)
    with pytest.raises(ValueError, match="ascending order of by='review'"):
        list(pool_stream([frame[50:], frame[:50]], "review", "yi", "vi"))


def test_a_stream_may_come_from_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    frame = long_frame(30)
    frame.to_parquet(tmp_path / "studies.parquet")
    batches = parquet.ParquetFile(tmp_path / "studies.parquet").iter_batches(batch_size=64)
    streamed = pd.concat(pool_stream(batches, "review", "yi", "vi"))
    pd.testing.assert_frame_equal(
        streamed, pool_many(frame, by="review", y="yi", v="vi"), check_index_type=False
    )
