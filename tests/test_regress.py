"""What holds of every meta-regression, and what its formulas may say."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import golden

import claimbook as cb
from claimbook.synthesis.comparison import average_models, likelihood_ratio
from claimbook.synthesis.formula import read_formula
from claimbook.synthesis.location_scale import heteroscedasticity, regress_scale
from claimbook.synthesis.permutation import permute_moderators, permute_signs

BCG = pd.DataFrame({k: v for k, v in golden("mods_bcg_3mods")["data"].items() if not k.startswith(".")})

laws = settings(max_examples=40)


def near(value, relative=1e-9, absolute=1e-12):
    return pytest.approx(value, rel=relative, abs=absolute)


def exact_fit(x, y, v):
    """Weighted least squares in rational arithmetic: coefficients, their variances, residual Q."""
    x, y, w = (
        [[Fraction(a) for a in row] for row in x],
        [Fraction(a) for a in y],
        [1 / Fraction(a) for a in v],
    )
    p, rows = len(x[0]), range(len(y))
    normal = [[sum(w[i] * x[i][a] * x[i][b] for i in rows) for b in range(p)] for a in range(p)]
    right = [sum(w[i] * x[i][a] * y[i] for i in rows) for a in range(p)]
    inverse = [solved(normal, [Fraction(int(a == b)) for a in range(p)]) for b in range(p)]
    beta = solved(normal, right)
    q = sum(w[i] * (y[i] - sum(b * a for b, a in zip(beta, x[i], strict=True))) ** 2 for i in rows)
    return [float(b) for b in beta], [float(inverse[a][a]) for a in range(p)], float(q)


def solved(matrix, right):
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(len(rows)):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[-1] for row in rows]


def test_years_as_moderators_lose_no_digits():
    ours = cb.regress("yi ~ ablat + year + alloc", BCG, "vi", "EE", "z")
    beta, variances, q = exact_fit(golden("mods_bcg_3mods")["data"][".X"], BCG["yi"], BCG["vi"])
    table = ours.coefficients
    assert [*table["estimate"], *table["se"] ** 2, ours.qe] == [
        near(x, 1e-12) for x in (*beta, *variances, q)
    ]


def test_a_formula_with_nothing_but_a_mean_pools():
    ours, pooled = cb.regress("yi ~ 1", BCG, "vi"), cb.pool(BCG["yi"], BCG["vi"])
    row = ours.coefficients.loc["Intercept"]
    assert [*row[["estimate", "se", "p"]], ours.tau2] == [
        near(x) for x in (pooled.estimate, pooled.se, pooled.p, pooled.tau2)
    ]


def test_a_regression_prints_its_coefficients_and_what_they_leave_over():
    lines = repr(cb.regress("yi ~ ablat", BCG, "vi")).splitlines()
    assert lines[0] == "Regression: yi ~ ablat"
    assert lines[3].split() == [
        "ablat",
        "-0.0291",
        "0.008201",
        "-3.548",
        "11",
        "0.004565",
        "-0.04715",
        "-0.01105",
    ]
    assert lines[4:] == [
        "k 13; REML, HKSJ interval",
        "moderators F(1, 11) 12.59, p 0.0046; R2 75.6 %",
        "tau2 0.07635, I2 68.4 %; QE 30.73 with 11 df, p 0.0012",
    ]


def test_predictions_carry_the_labels_of_their_frame():
    new = pd.DataFrame({"ablat": [10, 40]}, index=["south", "north"])
    assert list(cb.regress("yi ~ ablat", BCG, "vi").predict(new).index) == ["south", "north"]


def test_without_an_intercept_every_group_has_its_mean():
    ours = cb.regress("yi ~ 0 + alloc", BCG, "vi", "EE", "z").coefficients
    means = [cb.pool(g["yi"], g["vi"], "EE", "z").estimate for _, g in BCG.groupby("alloc")]
    assert ours["estimate"].tolist() == [near(x) for x in means]


def test_the_reference_of_a_factor_can_be_named():
    names = cb.regress("yi ~ C(alloc, ref='random')", BCG, "vi").coefficients.index
    assert list(names) == [
        "Intercept",
        "C(alloc, ref='random')[T.alternate]",
        "C(alloc, ref='random')[T.systematic]",
    ]


def test_the_coding_of_a_factor_changes_no_prediction():
    first = cb.regress("yi ~ alloc", BCG, "vi").predict()
    second = cb.regress("yi ~ C(alloc, ref='systematic')", BCG, "vi").predict()
    assert np.abs(first - second).to_numpy().max() < 1e-9


def test_centring_a_moderator_changes_its_intercept_alone():
    raw, centred = cb.regress("yi ~ ablat", BCG, "vi"), cb.regress("yi ~ center(ablat)", BCG, "vi")
    at_mean = raw.predict({"ablat": [BCG["ablat"].mean()]})["estimate"][0]
    assert centred.coefficients["estimate"].tolist() == [
        near(at_mean),
        near(raw.coefficients["estimate"]["ablat"]),
    ]


def test_new_data_are_centred_by_the_old():
    ours = cb.regress("yi ~ center(ablat)", BCG, "vi")
    assert ours.predict({"ablat": [13]})["estimate"][0] == near(ours.predict()["estimate"][4])


def test_powers_and_interactions_are_columns_of_the_design():
    ours = cb.regress("yi ~ ablat*year + I(ablat ** 2)", BCG, "vi", "EE", "z")
    assert ours.design.names == ["Intercept", "ablat", "year", "I(ablat ** 2)", "ablat:year"]


def test_a_mapping_of_lists_will_do_for_a_frame():
    data = {"y": [0.1, 0.3, 0.5, 0.2], "v": [0.01, 0.02, 0.03, 0.02], "x": [1, 2, 3, 4]}
    assert cb.regress("y ~ x", data, "v").k == 4


def test_numeric_columns_make_the_design_that_formulaic_makes():
    sums = ("ablat + year", "1 + year + ablat", "ablat + ablat")
    ours = [cb.regress(f"yi ~ {right}", BCG, "vi").design for right in sums]
    theirs = [cb.regress(f"yi ~ {right} + I(year ** 2)", BCG, "vi").design for right in sums]
    assert [(d.names, d.rows(BCG).tolist()) for d in ours] == [
        (d.names[:-1], d.matrix[:, :-1].tolist()) for d in theirs
    ]


def test_a_masked_moderator_is_missing():
    data = {"y": [0.1, 0.3, 0.5, 0.2], "v": [0.01] * 4, "x": np.ma.array([1.0, 2, 3, 4], mask=[1, 0, 0, 0])}
    with pytest.raises(ValueError, match="data\\['x'\\] must be complete"):
        cb.regress("y ~ x", data, "v")


@laws
@given(st.floats(-150, 150), st.floats(-150, 150))
def test_the_scales_of_effects_and_moderators_change_nothing_but_themselves(effect, moderator):
    unit, x = 10.0**effect, BCG["ablat"] * 10.0**moderator
    data = {"y": BCG["yi"] * unit, "v": BCG["vi"] * unit * unit, "x": x}
    ours, plain = cb.regress("y ~ x", data, "v"), cb.regress("yi ~ ablat", BCG, "vi")
    assert [ours.qm_p, ours.i2, ours.r2] == [near(x, 1e-7) for x in (plain.qm_p, plain.i2, plain.r2)]


ALLOWED = {
    "y ~ x": "x",
    "y ~ 1": "1",
    "y~0+x": "0 + x",
    "y ~ -1 + x": "- 1 + x",
    "y ~ x - 1": "x - 1",
    "y ~ a:b + a*b": "a:b + a*b",
    "y ~ C(a) + C(b, ref='low')": "C(a) + C(b, contr.treatment('low'))",
    'y ~ C(dose, ref="5 mg")': "C(dose, contr.treatment('5 mg'))",
    "y ~ C(dose, ref=2.5)": "C(dose, contr.treatment(2.5))",
    "y ~ center(x) + I(x**2)": "center(x) + I(x ** 2)",
}
REFUSED = {
    "y ~ np.array(x)": r"'\.' is not allowed",
    'y ~ __import__("os").system("ls")': r"'\.' is not allowed",
    'y ~ __import__("os")': "__import__(...) is not offered",
    "y ~ eval(x)": "eval(...) is not offered",
    "y ~ log(x)": "log(...) is not offered",
    "y ~ `x`": "'`' is not allowed",
    "y ~ {x}": "'{' is not allowed",
    "y ~ x[0]": r"'\[' is not allowed",
    "y ~ C(x, contr.treatment)": r"'\.' is not allowed",
    "y ~ C(x, ref='a\\')": "is not allowed",
    "y ~ C(f(x))": "'\\)' is needed, not '\\('",
    "y ~ I(x + 1)": r"'\*\*' is needed",
    "y ~ I(x ** x)": "the power must be 2 to 9",
    "y ~ x ** 2": "cannot stand there",
    "y ~ x | z": r"'\|' is not allowed",
    "y ~ x +": "ends too early",
    "y ~ x - z": "'1' is needed, not 'z'",
    "y ~ 2": "stands where a name is needed",
    "log(y) ~ x": "'~' is needed",
    "~ x": "stands where a name is needed",
    "y": "ends too early",
    "": "ends too early",
    "y ~ x; z": "';' is not allowed",
    "y ~ lambda: 0": "stands where a name is needed",
    "y ~ \u0445": "is not allowed",
}


@pytest.mark.parametrize(("text", "right"), ALLOWED.items())
def test_a_formula_of_the_grammar_is_read(text, right):
    assert read_formula(text).right == right


@pytest.mark.parametrize(("text", "words"), REFUSED.items())
def test_everything_else_is_refused_before_it_is_evaluated(text, words):
    with pytest.raises(ValueError, match=words.replace("(...)", r"\(\.\.\.\)")):
        read_formula(text)


BAD = {
    "collinear moderators": ("y ~ x + twice", "twice is a combination of the columns before it"),
    "a constant moderator": ("y ~ same", "same is a combination of the columns before it"),
    "no degree of freedom": ("y ~ x + z + u", "needs at least 5 effects, got 4"),
    "more coefficients than effects": ("y ~ x + z + u + t", "at most as many columns"),
    "a column that is not there": ("y ~ missing", "data has no column 'missing'"),
    "a name of Python's": ("y ~ os", "data has no column 'os'"),
    "a response that is not there": ("effect ~ x", "data has no column 'effect'"),
    "a gap in a moderator": (
        "y ~ gap",
        "data\\['gap'\\] must be complete, got a missing value at position 2",
    ),
    "an infinite moderator": ("y ~ far", "design must be finite"),
    "a level that is not there": ("y ~ C(group, ref='zz')", "does not fit the data"),
}
DATA = {
    "y": [0.1, 0.4, 0.2, 0.5],
    "v": [0.01, 0.02, 0.03, 0.04],
    "x": [1.0, 2.0, 4.0, 7.0],
    "twice": [2.0, 4.0, 8.0, 14.0],
    "same": [3.0] * 4,
    "z": [1.0, 0.0, 0.0, 1.0],
    "u": [0.0, 1.0, 0.0, 0.0],
    "t": [5.0, 1.0, 2.0, 3.0],
    "gap": [1.0, 2.0, None, 4.0],
    "far": [1.0, 2.0, np.inf, 4.0],
    "group": ["a", "b", "a", "b"],
}


@pytest.mark.parametrize(("formula", "words"), BAD.values(), ids=BAD)
def test_a_regression_that_cannot_be_fitted_is_named(formula, words):
    with pytest.raises(ValueError, match=words):
        cb.regress(formula, DATA, "v")


def test_a_level_that_the_model_has_not_seen_is_named():
    with pytest.raises(ValueError, match="zz"):
        cb.regress("y ~ group", DATA, "v").predict({"group": ["zz"]})


@pytest.mark.parametrize("which", ["height", ["x", "height"], [], [[1.0, 0.0, 0.0]]])
def test_contrasts_that_do_not_fit_are_named(which):
    with pytest.raises(ValueError, match="which must"):
        cb.regress("y ~ x", DATA, "v").test(which)


def test_contrasts_that_repeat_each_other_are_named():
    with pytest.raises(ValueError, match="not independent"):
        cb.regress("y ~ x", DATA, "v").test([[0.0, 1.0], [0.0, 2.0]])


def test_every_pair_of_levels_is_what_another_reference_level_gives():
    pairs = cb.regress("yi ~ C(alloc) + ablat", BCG, v="vi").pairwise("alloc")
    turned = cb.regress("yi ~ C(alloc, ref=random) + ablat", BCG, v="vi").coefficients
    other = turned.loc["C(alloc, ref='random')[T.systematic]"]
    assert pairs.loc["systematic - random", other.index].to_list() == near(other.to_list())


@pytest.mark.parametrize("formula", ["yi ~ alloc", "yi ~ 0 + alloc", "yi ~ C(alloc, ref=random)"])
def test_the_pairs_are_the_same_in_every_coding(formula):
    expected = cb.regress("yi ~ C(alloc)", BCG, v="vi").pairwise("alloc").p_adjusted
    assert cb.regress(formula, BCG, v="vi").pairwise("alloc").p_adjusted.to_list() == near(list(expected))


def test_adjusted_p_values_are_holms():
    pairs = cb.regress("yi ~ C(alloc)", BCG, v="vi").pairwise("alloc")
    smallest, middle, largest = np.sort(pairs.p)
    steps = np.maximum.accumulate([3 * smallest, 2 * middle, largest])
    assert np.sort(pairs.p_adjusted) == near(np.minimum(steps, 1))


@pytest.mark.parametrize(
    ("formula", "factor", "adjust", "words"),
    [
        ("yi ~ C(alloc) * ablat", "alloc", "holm", "takes part in an interaction"),
        ("yi ~ C(alloc) + ablat", "ablat", "holm", "must be the column of a factor"),
        ("yi ~ C(alloc)", "alloc", "tukey", "adjust must be one of holm, bonferroni, BH"),
    ],
)
def test_pairs_that_cannot_be_compared_are_named(formula, factor, adjust, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(").replace(")", r"\)")):
        cb.regress(formula, BCG, v="vi").pairwise(factor, adjust)


def test_the_test_of_one_coefficient_is_its_t_squared():
    ours = cb.regress("yi ~ ablat + year", BCG, "vi")
    assert ours.test("ablat").statistic == near(ours.coefficients["statistic"]["ablat"] ** 2)


def test_kenward_roger_of_one_coefficient_is_a_t_test():
    ours = cb.regress("yi ~ ablat + year", BCG, "vi", "REML", "KR")
    row, test = ours.coefficients.loc["ablat"], ours.test("ablat")
    assert (test.statistic, test.df, test.p) == (near(row["statistic"] ** 2), near(row["df"]), near(row["p"]))


def test_kenward_roger_widens_the_covariance():
    plain, ours = (cb.regress("yi ~ ablat + year", BCG, "vi", "REML", i).covariance for i in ("z", "KR"))
    assert np.linalg.eigvalsh(ours - plain).min() > -1e-12


def test_the_bootstrap_predicts_for_moderators_too():
    ours = cb.regress("yi ~ ablat", BCG, "vi").predict({"ablat": [20, 50]}, method="Nagashima")
    assert (ours["prediction_low"] < ours["low"]).all()


def test_all_signs_are_flipped_where_they_are_few():
    ours = permute_signs(cb.pool([0.2, 0.4, 0.3], [0.1, 0.2, 0.1]))
    assert (ours.n, ours.exact, ours.qm_p) == (8, True, 0.25)


def test_random_permutations_come_near_all_of_them():
    pooled = cb.pool(BCG["yi"][:11], BCG["vi"][:11], "DL", "z")
    assert permute_signs(pooled, n=1000).qm_p == pytest.approx(permute_signs(pooled).qm_p, abs=0.03)


def test_moderators_are_permuted_at_random_where_studies_are_many():
    ours = permute_moderators(cb.regress("yi ~ ablat", BCG, "vi", "DL"), n=2000)
    assert (ours.n, ours.exact, ours.qm_p < 0.05) == (2000, False, True)


def test_an_average_over_models_lies_between_them():
    ours = average_models("yi ~ ablat + year", BCG, "vi")
    fits = [cb.regress(f, BCG, "vi", "ML", "z") for f in ("yi ~ ablat", "yi ~ ablat + year")]
    slopes = sorted(fit.coefficients["estimate"]["ablat"] for fit in fits)
    share = ours.coefficients["importance"]["ablat"]
    assert slopes[0] * share <= ours.coefficients["estimate"]["ablat"] <= slopes[1] * share


def test_the_weights_of_the_models_are_those_of_their_aicc():
    ours = average_models("yi ~ ablat + year", BCG, "vi").models
    aicc = cb.regress("yi ~ ablat", BCG, "vi", "ML").fit.information(restricted=False)["aicc"]
    assert (ours["terms"][0], ours["aicc"][0], ours["weight"].sum()) == ("ablat", near(aicc), near(1.0))


def test_a_likelihood_ratio_of_restricted_fits_with_other_moderators_is_refused():
    with pytest.raises(ValueError, match="must be by tau2='ML'"):
        likelihood_ratio(cb.regress("yi ~ ablat", BCG, "vi").fit, cb.pool(BCG["yi"], BCG["vi"]).fitted)


def test_a_scale_model_with_nothing_but_a_constant_is_the_plain_model():
    ours, plain = (
        regress_scale("yi ~ ablat", "~ 1", BCG, "vi"),
        cb.regress("yi ~ ablat", BCG, "vi", "REML", "z"),
    )
    assert [*ours.tau2] == [near(plain.tau2, 1e-7)] * 13


def test_the_scale_of_the_effects_moves_the_constant_of_the_scale_model_alone():
    scaled = BCG.assign(yi=BCG["yi"] * 1e-60, vi=BCG["vi"] * 1e-120)
    ours, plain = (regress_scale("yi ~ 1", "~ year", data, "vi").alpha for data in (scaled, BCG))
    assert (ours - plain).tolist() == [near(-120 * np.log(10), 1e-9), near(0.0, 0, 1e-9)]


def test_the_score_test_of_equal_heterogeneity_asks_for_reml():
    with pytest.raises(ValueError, match="must be a REML fit"):
        heteroscedasticity(cb.pool(BCG["yi"], BCG["vi"], "DL").fitted)
