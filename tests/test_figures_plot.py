"""The same figures on matplotlib axes, which nothing imports before a figure is drawn."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from book_library import write_library

from claimbook.book import building
from claimbook.book.plot import Plot
from claimbook.book.site import Book
from claimbook.findings import Finding
from claimbook.records import Library

matplotlib = pytest.importorskip("matplotlib", reason="needs the extra: plot")
DRAWN = ("forest", "leave_one_out", "cumulative", "baujat", "influence", "radial", "drapery", "gosh")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return building.read_book(write_library(tmp_path_factory.mktemp("small")))


@pytest.fixture(scope="module")
def findings(book: Book) -> dict[str, Finding]:
    return book.findings


@pytest.fixture(scope="module")
def library(book: Book) -> Library:
    return book.library


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    matplotlib.use("agg")
    yield
    from matplotlib import pyplot

    pyplot.close("all")


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_drawn_on_axes_of_its_own(name: str, findings: dict[str, Finding]) -> None:
    ax = getattr(Plot(findings["pooled"]), name)()
    ax.figure.canvas.draw()
    assert len(ax.lines) + len(ax.collections) + len(ax.patches) > 0


def test_a_figure_is_drawn_on_the_axes_that_it_is_given(findings: dict[str, Finding]) -> None:
    from matplotlib import pyplot

    ax = pyplot.figure().subplots()
    assert Plot(findings["pooled"]).forest(ax=ax) is ax


def test_every_study_and_the_pool_have_their_line(findings: dict[str, Finding]) -> None:
    labels = [tick.get_text() for tick in Plot(findings["pooled"]).forest().get_yticklabels()]
    assert ([label.split()[0] for label in labels]) == [
        "Alpha",
        "Beta",
        "Gamma",
        "Pooled",
        "Prediction",
    ]


def test_a_forest_plot_prints_its_numbers_weights_and_judgements(findings: dict[str, Finding]) -> None:
    ax = Plot(findings["pooled"]).forest()
    said = [text.get_text() for text in ax.texts]
    assert ("Effect [95 % interval]" in said, "Weight" in said, "Bias" in said) == (True, True, True)


def test_a_library_gives_its_traffic_light(findings: dict[str, Finding], library: Library) -> None:
    ax = Plot(findings["pooled"]).traffic_light(library, "rob1")
    assert [text.get_text() for text in ax.texts] == ["H", "H", "H"]


def test_a_multiverse_is_drawn_as_its_curve(library: Library, findings: dict[str, Finding]) -> None:
    from claimbook import multiverse

    ax = Plot(findings["pooled"]).specification_curve(multiverse(library, "pooled", most=20))
    assert len(ax.collections) == 2


def test_a_bubble_plot_takes_a_value_for_each_study(findings: dict[str, Finding]) -> None:
    with pytest.raises(ValueError, match="bubble"):
        Plot(findings["pooled"]).bubble([1, 2, 3], "weeks")


@pytest.mark.parametrize("name", ["funnel", "labbe"])
def test_a_figure_without_its_data_says_so(name: str, findings: dict[str, Finding]) -> None:
    with pytest.raises(ValueError, match=f"{name}: this finding does not have"):
        getattr(Plot(findings["pooled"]), name)()


def test_matplotlib_is_not_imported_before_a_figure_is_drawn() -> None:
    code = "import sys, claimbook.book.plot; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_matplotlib_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, findings: dict[str, Finding]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"claimbook\[plot\]"):
        Plot(findings["pooled"]).forest()


def test_the_figures_of_python_are_those_of_the_book() -> None:
    from claimbook.book.charts import CHARTS

    assert [name for name in CHARTS if not hasattr(Plot, name)] == []


def test_every_figure_says_what_it_shows() -> None:
    figures = {name: draw for name, draw in vars(Plot).items() if callable(draw) and name[0] != "_"}
    assert [name for name, draw in figures.items() if not draw.__doc__] == [] and len(figures) > 12
