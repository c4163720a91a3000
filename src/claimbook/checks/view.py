"""The library as the checks look at it, with what several of them would otherwise work out again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

from claimbook.checks.cells import Cell, cells
from claimbook.records.models import Model, Number

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.problems import Where
    from claimbook.records import Claim, Library, Result, Study

Data = TypeVar("Data")
Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One result of one record, with the way back to its line."""

    library: Library
    study: Study
    index: int
    result: Result

    @property
    def key(self) -> str:
        return self.study.study

    def where(self, *loc: str | int) -> Where:
        """The place of a value of the result; ``loc`` starts at the result's own fields."""
        return self.library.where(self.key, "results", self.index, *loc)

    def within(self, *loc: str | int) -> Where:
        """The place of a value of the result's data."""
        return self.where(self.result.shape, *loc)


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a whole, for the numbers that belong to no result."""

    library: Library
    study: Study

    def where(self, *loc: str | int) -> Where:
        return self.library.where(self.study.study, *loc)


@dataclass(frozen=True, slots=True)
class Raw:
    """A file as plain data, for mistakes that the types already refuse (a missing field, a forbidden one)."""

    library: Library
    key: str

    @property
    def folder(self) -> str:
        """``records``, ``claims`` or, for library.yaml, empty."""
        path = PurePath(self.library.documents[self.key].path)
        return "" if self.key == "library" else path.parent.name

    @property
    def data(self) -> Any:
        return self.library.documents[self.key].data

    def where(self, *loc: str | int) -> Where:
        return self.library.documents[self.key].where_key(*loc)


class View:
    """One library under check."""

    def __init__(self, library: Library, gathered: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.library = library
        self._gathered = gathered or {}
        self._findings: dict[str, Finding | None] = {}
        self._made: dict[Any, Any] = {}

    def once(self, make: Callable[[View], Data]) -> Data:
        """What a function makes of this view, made once for all checks that ask."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Data = self._made[make]
        return made

    def told(self, make: Callable[[View], Data], made: Data) -> View:
        """This view, with what ``make`` would make of it known from elsewhere."""
        self._made[make] = made
        return self

    def gathered(self, gather: Callable[[View], Data]) -> Mapping[str, Data]:
        """What a function gathers from each record, by key.

        The function sees a view of that record alone and returns plain data (lists, text, numbers, None). It
        is one of families.GATHERED, so that a second check knows what unchanged records gave.
        """
        kept: Mapping[str, Data] | None = self._gathered.get(gather.__name__)
        if kept is None:
            return {key: self.alone(key).once(gather) for key in self.library.studies}
        return kept

    def alone(self, key: str) -> View:
        """A view of one record by itself."""
        if key not in self._alone:
            studies = {key: self.library.studies[key]}
            self._alone[key] = View(replace(self.library, studies=studies, claims={}, bibliography={}))
        return self._alone[key]

    @cached_property
    def _alone(self) -> dict[str, View]:
        return {}

    @cached_property
    def items(self) -> list[Item]:
        return [
            Item(self.library, study, index, result)
            for study in self.library.studies.values()
            for index, result in enumerate(study.results)
        ]

    @cached_property
    def _by_data(self) -> dict[type, list[tuple[Item, Any]]]:
        table: dict[type, list[tuple[Item, Any]]] = defaultdict(list)
        for item in self.items:
            data = item.result.data
            table[type(data)].append((item, data))
        return table

    def of(self, kind: type[Data]) -> list[tuple[Item, Data]]:
        """All results of one shape, with their data."""
        return self._by_data.get(kind, [])

    @cached_property
    def raw(self) -> list[Raw]:
        """Every file that is YAML."""
        return [Raw(self.library, key) for key in self.library.documents]

    @property
    def refused(self) -> list[Raw]:
        """The files that the types refuse, so that they are in the library as plain data alone."""
        library = self.library
        accepted = {*library.studies, *library.claims}
        if library.info.outcomes:
            accepted.add("library")
        return [raw for raw in self.raw if raw.key not in accepted]

    @cached_property
    def cells(self) -> list[Cell]:
        return list(cells(self.library))

    @cached_property
    def numbers(self) -> list[tuple[Record | Item, Loc, Number]]:
        """The numbers of records that say something about one: what it belongs to, its path, itself."""
        told = [key for key in self.library.studies if _tells(self.library.documents[key].data)]
        found: list[tuple[Record | Item, Loc, Number]] = []
        for key in told:
            record = Record(self.library, self.library.studies[key])
            found += [(record, loc, number) for loc, number in _numbers(record.study)]
            items = [self.item(key, result.id) for result in record.study.results]
            found += [(item, loc, number) for item in items if item for loc, number in _numbers(item.result)]
        return found

    def used(self, claim: Claim) -> list[tuple[int, Item]]:
        """The results that a claim pools, as (position in its list, result); dangling ones are left out."""
        found = ((i, self.item(used.study, used.result)) for i, used in enumerate(claim.studies))
        return [(i, item) for i, item in found if item is not None]

    def item(self, study: str, result: str) -> Item | None:
        """A result by its study and id, wherever the view looks; the same object each time."""
        if study not in self._items_of and study in self.library.studies:
            record = self.library.studies[study]
            self._items_of[study] = {
                result.id: Item(self.library, record, index, result)
                for index, result in enumerate(record.results)
            }
        return self._items_of.get(study, {}).get(result)

    @cached_property
    def _items_of(self) -> dict[str, dict[str, Item]]:
        return {
            key: {item.result.id: item for item in items}
            for key, items in groupby(self.items, attrgetter("key"))
        }

    def finding(self, claim: str) -> Finding | None:
        """The Finding of a claim, computed once; None where its numbers do not allow one."""
        if claim not in self._findings:
            from claimbook.findings import find

            try:
                self._findings[claim] = find(self.library, claim)
            except ValueError:  # impossible numbers, which the S rules report on their lines
                self._findings[claim] = None
        return self._findings[claim]


def walk(
    data: Any, loc: Loc = (), below: Collection[str] | None = None
) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """Every mapping in plain data with its path; ``below`` keeps to what stands under these first keys."""
    if isinstance(data, dict):
        yield loc, data
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in children:
        if (below is None or loc or key in below) and isinstance(value, dict | list):
            yield from walk(value, (*loc, key), below)


def _tells(data: Any) -> bool:
    """Does a file say where, how or in which words it has a number? Its data tell faster than its models."""
    if isinstance(data, dict):
        if not _TELLING.isdisjoint(data):
            return True
        data = data.values()
    return any(_tells(inner) for inner in data if isinstance(inner, dict | list))


_TELLING = frozenset({"quote", "formula", "read_in"})


def _numbers(value: Any, loc: Loc = ()) -> Iterator[tuple[Loc, Number]]:
    """Every Number under a model or a tuple of models, with its path."""
    pairs = enumerate(value) if isinstance(value, tuple) else vars(value).items()
    for name, inner in pairs:
        if isinstance(inner, Number):
            yield (*loc, name), inner
        elif isinstance(inner, Model | tuple) and name != "results":
            yield from _numbers(inner, (*loc, name))
