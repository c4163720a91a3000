"""What holds of every pooling of counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claimbook as cb
from claimbook.effects import effect_sizes
from claimbook.synthesis.events import EVENT_METHODS
from claimbook.synthesis.tables import MANTEL_HAENSZEL, fitted_events

A, N1, C, N2 = [4, 6, 3, 62], [123, 306, 231, 13598], [11, 29, 11, 248], [139, 303, 220, 12867]

laws = settings(max_examples=40)


def near(value, relative=1e-9, absolute=1e-12):
    return pytest.approx(value, rel=relative, abs=absolute)


tables = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30)),
    min_size=1,
    max_size=6,
).map(lambda rows: np.array(rows, dtype=float).T)
signed = st.sampled_from(
    [("OR", "MH"), ("RR", "MH"), ("RD", "MH"), ("OR", "Peto"), ("IRR", "MH"), ("IRD", "MH")]
)


@laws
@given(tables, signed)
def test_swapping_the_groups_flips_the_sign(t, how):
    a, b, c, d = t
    there, back = cb.pool_events(a, a + b, c, c + d, *how), cb.pool_events(c, c + d, a, a + b, *how)
    assert (back.estimate, back.se) == (near(-there.estimate, 1e-7, 1e-9), near(there.se, 1e-7))


@laws
@given(tables)
def test_counting_the_other_outcome_flips_the_odds_ratio(t):
    a, b, c, d = t
    assert cb.pool_events(b, a + b, d, c + d, "OR").estimate == near(
        -cb.pool_events(a, a + b, c, c + d, "OR").estimate, 1e-7
    )


@laws
@given(tables)
def test_the_order_of_the_tables_changes_nothing(t):
    a, b, c, d = t
    there, back = (
        cb.pool_events(a, a + b, c, c + d),
        cb.pool_events(a[::-1], (a + b)[::-1], c[::-1], (c + d)[::-1]),
    )
    assert (back.estimate, back.se, back.q) == (
        near(there.estimate),
        near(there.se),
        near(there.q, 1e-7, 1e-9),
    )


@laws
@given(tables)
def test_a_single_table_pools_to_itself(t):
    a, b, c, d = t[:, :1]
    own = effect_sizes("OR", events1=a, n1=a + b, events2=c, n2=c + d)
    assert cb.pool_events(a, a + b, c, c + d, "OR").estimate == near(own.y[0], 1e-8, 1e-10)


@laws
@given(tables, st.floats(0.05, 20))
def test_the_fitted_table_has_the_odds_ratio_it_was_fitted_to(t, odds_ratio):
    a, b, c, d = t
    n1, n2, m = a + b, c + d, a + c
    x = fitted_events(n1, n2, m, odds_ratio)
    assert (x * (n2 - m + x) / ((n1 - x) * (m - x))).tolist() == [near(odds_ratio, 1e-6)] * len(a)


def test_double_zero_tables_say_nothing_about_a_ratio():
    ours = cb.pool_events([*A, 0], [*N1, 50], [*C, 0], [*N2, 60], "OR")
    assert (ours.estimate, ours.q_df) == (near(cb.pool_events(A, N1, C, N2, "OR").estimate), 3)


def test_double_zero_tables_do_speak_about_a_difference():
    ours = cb.pool_events([*A, 0], [*N1, 5000], [*C, 0], [*N2, 6000], "RD")
    assert abs(ours.estimate) < abs(cb.pool_events(A, N1, C, N2, "RD").estimate)


def test_a_pooled_table_needs_no_correction_for_zero_cells():
    ours = cb.pool_events([0, 5], [20, 40], [3, 9], [20, 40], "OR")
    r, s = 0 * 17 / 40 + 5 * 31 / 80, 3 * 20 / 40 + 9 * 35 / 80
    assert ours.estimate == near(np.log(r / s))


def test_inverse_variance_is_the_equal_effects_pooling_of_the_effects():
    e = effect_sizes("RR", events1=A, n1=N1, events2=C, n2=N2)
    assert cb.pool_events(A, N1, C, N2, "RR", "IV").estimate == near(cb.pool(e.y, e.v, "EE", "z").estimate)


def test_person_time_may_be_less_than_the_events():
    assert cb.pool_events([3, 4], [1.5, 2.5], [6, 5], [1.5, 2.0], "IRR").k == 2


@pytest.mark.parametrize("table", [MANTEL_HAENSZEL, EVENT_METHODS])
def test_every_method_has_a_label_and_a_paper(table):
    assert all(entry.label and entry.cite for entry in table.values())


BAD = {
    "an unknown method": ((A, N1, C, N2, "OR", "Woolf"), {}, "method must be one of MH, Peto, IV"),
    "an unknown measure": ((A, N1, C, N2, "SMD"), {}, "measure must be one of OR, RR"),
    "Peto's risk ratio": ((A, N1, C, N2, "RR", "Peto"), {}, "measure must be one of OR with method='Peto'"),
    "more events than people": (
        ([200], [100], [1], [100]),
        {},
        "must not exceed their group, as they do at position 0",
    ),
    "a negative count": (([-1], [100], [1], [100]), {}, "events1 must be finite and not negative"),
    "a missing count": (([np.nan], [100], [1], [100]), {}, "events1 must be finite"),
    "an empty group": (([0], [0], [1], [100]), {}, "n1 must be finite and not negative, sizes above 0"),
    "columns of other lengths": ((A, N1, C, N2[:2]), {}, "must be of one length"),
    "no table": (([], [], [], []), {}, "must be of one length"),
    "no events in group 2": (
        ([1, 2], [10, 10], [0, 0], [10, 10]),
        {},
        "no pooled risk ratio exists: denominator zero",
    ),
    "no events at all": (([0, 0], [10, 10], [0, 0], [10, 10], "OR"), {}, "no pooled odds ratio exists"),
    "no events to differ in": (([0, 0], [9, 9], [0, 0], [9, 9], "RD"), {}, "the pooled RD has no variance"),
    "no events for Peto": (([0, 0], [10, 10], [0, 0], [10, 10], "OR", "Peto"), {}, "no table has both"),
    "a negative correction": ((A, N1, C, N2), {"add": -0.5}, "add must be finite and at least 0"),
    "a level in percent": ((A, N1, C, N2), {"level": 95}, "level must lie between 0 and 1"),
}


@pytest.mark.parametrize(("data", "options", "words"), BAD.values(), ids=BAD)
def test_counts_that_cannot_be_pooled_are_named(data, options, words):
    with pytest.raises(ValueError, match=words):
        cb.pool_events(*data, **options)


@pytest.mark.parametrize("test", ["cochran", "breslow_day", "tarone", "cochran_mantel_haenszel"])
def test_a_test_of_odds_ratios_is_not_one_of_risk_ratios(test):
    with pytest.raises(ValueError, match=f"{test} belongs to measure 'OR'"):
        getattr(cb.pool_events(A, N1, C, N2, "RR"), test)()


@pytest.mark.parametrize("ask", ["tau2_interval", "prediction_interval", "blups"])
def test_a_pooling_without_a_model_has_no_heterogeneity_to_estimate(ask):
    with pytest.raises(ValueError, match="no random-effects model behind it"):
        getattr(cb.pool_events(A, N1, C, N2), ask)()
