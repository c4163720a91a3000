"""The forest plot holds for any number of studies and any numbers in them."""

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimbook.book.forest import draw, draw_file
from claimbook.book.lines import Forest, Group, Line, limits
from claimbook.book.svg import Axis, round_ratios, round_values
from claimbook.book.words import scale

SVG = "{http://www.w3.org/2000/svg}"


def forest(k: int, measure: str = "SMD", stretch: float = 1.0) -> Forest:
    """k studies with unequal weights, a pooled effect, a prediction interval and a band."""
    lines = []
    for index in range(k):
        y, se = math.sin(index * 1.7) * stretch, (0.2 + 0.05 * (index % 7)) * stretch
        word = ("low", "some_concerns", "high", "")[index % 4]
        lines.append(Line(f"Study {index}", y, y - 2 * se, y + 2 * se, 100 / k, word))
    pooled = Line("Pooled", 0.1 * stretch, -0.2 * stretch, 0.4 * stretch)
    band = (-0.2 * stretch, 0.2 * stretch)
    return Forest(lines, scale(measure), pooled, (-stretch, stretch), band, "less size", "more size")


def drawn(what: Forest) -> ET.Element:
    return ET.fromstring(draw_file(what, "f", "Title", "What it shows"))


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def parts(svg: ET.Element, kind: str) -> list[ET.Element]:
    """The marks of one kind."""
    return [mark for group in svg.iter(f"{SVG}g") if group.get("class") == kind for mark in group]


def numbers(svg: ET.Element) -> list[float]:
    """Every coordinate of the drawing."""
    names = ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height")
    found = [float(e.attrib[n]) for e in svg.iter() for n in names if n in e.attrib]
    pairs = [pair.split(",") for e in svg.iter(f"{SVG}polygon") for pair in e.attrib["points"].split()]
    paths = [re.findall(r"-?[\d.]+", e.attrib["d"].replace("v7", "")) for e in svg.iter(f"{SVG}path")]
    return found + [float(part) for pair in (*pairs, *paths) for part in pair]


@pytest.mark.parametrize("k", [1, 2, 3, 5, 10, 30, 100, 200])
def test_every_study_has_its_line(k: int) -> None:
    assert sum(text.startswith("Study ") for text in texts(drawn(forest(k)))) == k


def test_nothing_is_drawn_outside_the_picture_for_any_number_of_studies() -> None:
    pictures = {k: drawn(forest(k)) for k in (*range(1, 20), *range(20, 201, 15), 200)}
    rooms = {k: max(760, float(svg.attrib["height"])) for k, svg in pictures.items()}
    assert [k for k, svg in pictures.items() if not all(0 <= n <= rooms[k] for n in numbers(svg))] == []


@pytest.mark.parametrize("stretch", [1e-150, 1e-9, 1e6, 1e150])
@pytest.mark.parametrize("measure", ["SMD", "RR", "MD"])
def test_extreme_scales_are_drawn(stretch: float, measure: str) -> None:
    assert all(math.isfinite(number) for number in numbers(drawn(forest(4, measure, stretch))))


def test_the_same_input_gives_the_same_bytes() -> None:
    assert draw(forest(20), "f", "t", "d") == draw(forest(20), "f", "t", "d")


def test_a_picture_says_what_it_shows() -> None:
    svg = drawn(forest(3))
    said = [svg.find(f"{SVG}{name}") for name in ("title", "desc")]
    named = " ".join(element.attrib["id"] for element in said if element is not None)
    assert (svg.attrib["role"], svg.attrib["aria-labelledby"]) == ("img", named)


def test_both_drawings_of_a_page_have_ids_of_their_own() -> None:
    page = ET.fromstring(f"<div>{draw(forest(3), 'f', 't', 'd')}</div>")
    ids = [element.attrib["id"] for element in page.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids)) == 4


def test_markup_in_a_label_is_text() -> None:
    what = Forest([Line("<script>alert(1)</script>", 0.1, 0.0, 0.2)], scale("SMD"))
    assert any(text.startswith("<script>") for text in texts(drawn(what)))


def test_an_interval_beyond_the_axis_ends_in_an_arrow() -> None:
    usual = [Line(f"Study {i}", 0.1 * i, 0.1 * i - 0.3, 0.1 * i + 0.3, 20) for i in range(5)]
    wide = Line("Wide", 0.1, -40, 40, 1)
    before, after = (
        len(list(drawn(Forest(x, scale("SMD"))).iter(f"{SVG}polygon"))) for x in (usual, [*usual, wide])
    )
    assert after - before == 2


def test_an_outlier_keeps_its_numbers_and_loses_its_box() -> None:
    usual = [Line(f"Study {i}", 0.1 * i, 0.1 * i - 0.3, 0.1 * i + 0.3, 20) for i in range(6)]
    svg = drawn(Forest([*usual, Line("Far", 90, 80, 100, 1)], scale("SMD")))
    boxes = parts(svg, "cb-box")
    assert (len(boxes), "90.00 [80.00 to 100.00]" in texts(svg)) == (6, True)


def test_a_study_without_an_effect_is_listed_all_the_same() -> None:
    said = texts(drawn(Forest([Line("A", 0.1, 0.0, 0.2), Line("B", None)], scale("SMD"))))
    assert ("B" in said, "not computed" in said) == (True, True)


def test_what_a_source_prints_stands_where_no_effect_is_known() -> None:
    made = Forest([Line("A", 0.1, 0.0, 0.2), Line("B", None, note="9 %, as printed")], scale("PCT"))
    assert "9 %, as printed" in texts(drawn(made))


@pytest.mark.parametrize("k", [2, 25, 200])
def test_each_group_is_named_and_has_a_diamond(k: int) -> None:
    whole = forest(2 * k)
    halves = [Group(name, whole.lines[at : at + k], whole.summary) for name, at in (("Men", 0), ("Women", k))]
    svg = drawn(replace(whole, groups=halves))
    assert (len(parts(svg, "cb-diamond")), {"Men", "Women"} <= set(texts(svg))) == (3, True)


def test_a_long_label_is_printed_whole_on_a_phone() -> None:
    label = "Study 2017: its spread read the other way"
    page = draw(Forest([Line(label, 0.1, 0.0, 0.2)], scale("SMD")), "f", "t", "d")
    assert page.count(label) == 2


def test_a_larger_weight_has_a_larger_box() -> None:
    lines = [Line("A", 0, -1, 1, 90), Line("B", 0, -1, 1, 10)]
    boxes = parts(drawn(Forest(lines, scale("SMD"))), "cb-box")
    assert float(boxes[0].attrib["width"]) > float(boxes[1].attrib["width"])


@pytest.mark.parametrize("value", [0.0, 0.3, -7.0, 1e150, -1e-150])
def test_one_exact_study_has_an_axis_around_it(value: float) -> None:
    low, high = limits(Forest([Line("A", value, value, value)], scale("SMD")))
    assert low < value < high and low < 0 < high


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)).map(
            lambda p: Line("x", p[0], p[0] - p[1], p[0] + p[1])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_axis_holds_no_difference_and_has_a_width(lines: list[Line]) -> None:
    low, high = limits(Forest(lines, scale("SMD")))
    assert low <= 0 <= high and low < high


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e9), st.integers(2, 9))
def test_ticks_are_inside_and_in_order(low: float, width: float, wanted: int) -> None:
    found = round_values(low, low + width, wanted)
    assert found == sorted(found) and len(found) <= 2 * wanted + 2


@pytest.mark.parametrize(("low", "high"), [(-0.7, 0.7), (-3, 3), (-0.1, 0.1), (-12, 12), (0.0, 0.4)])
def test_ratio_axes_have_round_ratios(low: float, high: float) -> None:
    assert 3 <= len(round_ratios(low, high, 5)) <= 8


def test_an_axis_maps_its_ends_to_its_edges() -> None:
    axis = Axis(-1, 3, 100, 500)
    assert [axis.at(x) for x in (-9, -1, 1, 3, 9)] == [100, 100, 300, 500, 500]
