"""The house keeps its shape: a module imports only from what stands left of it; the two wings never meet."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "claimbook"
MATHS = ("effects", "synthesis", "appraisal")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "problems": (),
    "records": ("problems",),
    "effects": ("problems",),
    "synthesis": ("problems", "effects"),
    "appraisal": ("problems", "effects", "synthesis"),
    "findings": ("problems", "records", *MATHS),
    "checks": ("problems", "records", *MATHS, "findings"),
    "exchange": ("problems", "records", *MATHS, "findings", "checks"),
    "book": ("problems", "records", *MATHS, "findings", "checks", "exchange"),
    "cli": ("problems", "records", *MATHS, "findings", "checks", "exchange", "book"),
}
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def room(path: Path) -> str:
    """The package or module directly under claimbook that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every room of claimbook that a file imports from, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "claimbook" and len(parts) > 1 and not parts[1].startswith("__"):
                yield parts[1], node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_from_what_stands_left_of_it(path: Path) -> None:
    here = room(path)
    wrong = [f"line {line}: {name}" for name, line in imported(path) if name not in (here, *MAY_IMPORT[here])]
    assert wrong == []


def test_every_room_of_the_house_has_a_place_in_the_rule() -> None:
    assert {room(path) for path in MODULES} <= set(MAY_IMPORT)


@pytest.mark.parametrize(
    "path", [p for p in MODULES if room(p) in ("effects", "synthesis")], ids=lambda p: p.stem
)
def test_maths_takes_numbers_and_never_opens_a_file(path: Path) -> None:
    names = {name.split(".")[0] for name in top_level(path)}
    assert not names & {"yaml", "pathlib", "io", "json", "csv", "requests", "urllib"}


def top_level(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
