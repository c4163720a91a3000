"""One record out of two extractions: each difference as it was settled, the rest as the first has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from claimbook.exchange.comparing import Comparison, Leaf, Pair
from claimbook.records import Study
from claimbook.records.editing import as_data
from claimbook.records.models import Spread
from claimbook.records.text import Loc

Choose = Callable[[Pair], str | None]


def settled(first: Study, second: Study, comparison: Comparison, choose: Choose) -> dict[str, Any]:
    """Record data with each difference settled by ``choose``: to the text of one of the two, or to another.

    "" settles it to nothing, None lets it be as the first has it. What is taken from the second comes with
    the place and status that it has there. A result that only the second has is asked for as a pair of kind
    ``result``; None leaves it out. Both names stand under ``extracted_by``.
    """
    data: dict[str, Any] = as_data(first)
    theirs = as_data(second)
    for pair in comparison.differences:
        text = choose(pair)
        if text is not None and (pair.first is None or text != pair.first.text):
            _settle(data, theirs, pair, comparison, text)
    for id in comparison.only_second:
        result = next(one for one in theirs["results"] if one["id"] == id)
        if choose(Pair(("results", id), "result", None, Leaf("result", result["what"]))) is not None:
            _take(data, theirs, result, comparison)
    names = dict.fromkeys((*first.extracted_by, *second.extracted_by))
    return {**data, **({"extracted_by": list(names)} if names else {})}


def _settle(data: Any, theirs: Any, pair: Pair, comparison: Comparison, text: str) -> None:
    here, name = _parent(data, pair.loc), str(pair.loc[-1])
    from_second = pair.second is not None and text == pair.second.text
    there = _parent(theirs, _under_theirs(pair.loc, comparison)) if from_second else {}
    if name == "spread":
        for key in Spread.model_fields:
            here.pop(key, None)
        kind, _, number = text.partition(" ")
        taken = {key: there[key] for key in Spread.model_fields if key in there}
        here.update(taken or ({kind: number} if text else {}))
    elif not text and pair.kind in {"choice", "p"}:
        here.pop(name, None)
    elif not text:
        here[name] = "unknown"
    elif from_second and pair.kind not in {"choice", "p"}:
        here[name] = there.get(name, text)
    else:
        here[name] = text


def _take(data: Any, theirs: Any, result: Any, comparison: Comparison) -> None:
    """A result of the second, with the arms that the first lacks."""
    names = {other: own for own, other in comparison.arms.items()}
    known = {arm["id"] for arm in data.get("arms", ())}
    for arm in theirs.get("arms", ()):
        if arm["id"] not in names and arm["id"] not in known:
            data.setdefault("arms", []).append(arm)
    taken = {one["id"] for one in data.get("results", ())}
    id = result["id"] if result["id"] not in taken else f"{result['id']}-second"
    data.setdefault("results", []).append(_renamed({**result, "id": id}, names))


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        key: names.get(part, part) if key == "arm" and isinstance(part, str) else _renamed(part, names)
        for key, part in value.items()
    }


def _under_theirs(loc: Loc, comparison: Comparison) -> Loc:
    """The place under the ids of the second extraction."""
    names = {"results": comparison.results, "arms": comparison.arms}.get(str(loc[0]), {})
    return (loc[0], names.get(str(loc[1]), loc[1]), *loc[2:]) if len(loc) > 1 else loc


def _parent(data: Any, loc: Loc) -> Any:
    """The mapping that holds a place: items of lists go by their id, assessments by their tool."""
    if loc[0] == "risk_of_bias":
        found = next(one for one in data["risk_of_bias"] if one["tool"] == loc[1])
        return (
            found["judgements"] if loc[2] in found.get("judgements", ()) else found.setdefault("answers", {})
        )
    for step in loc[:-1]:
        if isinstance(data, list):
            data = next(item for item in data if item["id"] == step)
        else:
            data = data.setdefault(step, {})
    return data
