"""The chores: `nox -s tests`, `lint`, `types`, `docs`, `book`, `book2`, `bench`,
`scaling`, `conformance`, `coverage`, `fuzz`.

The README's two commands need none of this.
"""

import shutil

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests"]

LOCK = ("-c", "book/constraints.txt")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """All tests, the built book and the browser included."""
    session.install(*LOCK, "-e", ".[book,test]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("ruff>=0.14")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Static types of the package."""
    session.install(*LOCK, "-e", ".[lint]")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Rewrite the generated files that are kept in git: JSON Schemas and findings.json."""
    session.install(*LOCK, "-e", ".")
    session.run("python", "-m", "claimbook.records.schema", "studies/schema")
    session.run("python", "-m", "claimbook.findings.snapshot", "studies")


@nox.session
def book(session: nox.Session) -> None:
    """Build the evidence book."""
    session.install(*LOCK, "-e", ".[book]")
    session.run("claimbook", "build", *session.posargs)


@nox.session
def book2(session: nox.Session) -> None:
    """The same pages under jupyter-book 2, which wants an environment of its own, and node."""
    session.install("-e", ".[book2]")
    session.run("python", "-m", "claimbook.book.second", session.create_tmp())


@nox.session
def bench(session: nox.Session) -> None:
    """Speed as ratios against peers, measured in one run."""
    session.install("-e", ".[bench]")
    session.run("python", "tests/bench/bench.py", *session.posargs)


@nox.session
def scaling(session: nox.Session) -> None:
    """What a Dask cluster costs and how it scales: the tables of validation/scaling.md."""
    session.install("-e", ".[fast,scale]")
    session.run("python", "tests/bench/scaling.py", *session.posargs)


@nox.session
def conformance(session: nox.Session) -> None:
    """Make the reference results again with R and compare them with those in tests/golden."""
    if shutil.which("Rscript") is None:
        session.skip(
            "Rscript is not installed; on Debian: apt-get install r-cran-metafor r-cran-lme4 r-cran-biasedurn"
        )
    session.install("-e", ".[test]")
    session.run("python", "validation/conformance/run.py", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Simulate the coverage of every interval; rewrites validation/coverage."""
    session.install("-e", ".")
    session.run("python", "validation/coverage/run.py", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Try thousands of random files of every import format; takes some minutes."""
    session.install("-e", ".[test]")
    session.run(
        "pytest",
        "-n",
        "auto",
        "--timeout",
        "3600",
        "tests/test_exchange_hostile.py",
        env={"CLAIMBOOK_FUZZ": "5000"},
    )
