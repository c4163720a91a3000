"""Record data to YAML text, and one value changed in a text with every other byte left as it was.

A round trip through a YAML library would lay the whole file out anew. Here the place of a value is found in
the syntax tree and only that stretch of text is replaced; comments, key order, quotes, alignment and line
ends elsewhere cannot change. The result is read back before it is handed out: a change that would alter
anything but the value asked for is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from claimbook.problems import did_you_mean
from claimbook.records.models import Number, PValue, Spread
from claimbook.records.text import Loc, parse

WIDTH = 110
_READ_DIFFERENTLY = {"", "null", "~", "true", "false"}  # other readers do not take these for text


class _Dumper(
    yaml.emitter.Emitter,
    yaml.serializer.Serializer,
    yaml.representer.BaseRepresenter,
    yaml.resolver.BaseResolver,
):
    """Mappings, lists and text: no tags, no anchors, and no guessing at types, so 10.60 needs no quotes."""

    def __init__(self, stream: Any, flow: bool, width: float) -> None:
        yaml.emitter.Emitter.__init__(self, stream, width=width, allow_unicode=True)  # type: ignore[arg-type]
        yaml.serializer.Serializer.__init__(self)
        yaml.representer.BaseRepresenter.__init__(self, default_flow_style=flow, sort_keys=False)
        yaml.resolver.BaseResolver.__init__(self)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def choose_scalar_style(self) -> str:
        style = super().choose_scalar_style()
        return '"' if style == "'" else style

    def text(self, value: str) -> yaml.ScalarNode:
        foldable = len(value) > WIDTH - 20 and value == " ".join(value.split())
        style = '"' if value.lower() in _READ_DIFFERENTLY else ">" if foldable else None
        return self.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def mapping(self, value: Mapping[str, Any]) -> yaml.MappingNode:
        return self.represent_mapping("tag:yaml.org,2002:map", value)

    def sequence(self, value: list[Any]) -> yaml.SequenceNode:
        return self.represent_sequence("tag:yaml.org,2002:seq", value)


_Dumper.add_representer(str, _Dumper.text)
_Dumper.add_representer(dict, _Dumper.mapping)
_Dumper.add_representer(list, _Dumper.sequence)


def as_data(value: Any) -> Any:
    """A model (or anything in one) as it would be written: text, lists and mappings, defaults left out."""
    if isinstance(value, PValue):
        return value.text
    if isinstance(value, BaseModel):
        given = {name: as_data(getattr(value, name)) for name in _written(value)}
        return _short(given) if type(value) is Number else given
    if isinstance(value, Mapping):
        return {str(key): as_data(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [as_data(item) for item in value]
    return str(value)


def _written(model: BaseModel) -> Iterator[str]:
    """The fields to write: those that say more than the default does."""
    fields = type(model).model_fields
    for name in field_order(type(model)):
        if fields[name].is_required() or getattr(model, name) != fields[name].default:
            yield name


def field_order(model: type[BaseModel]) -> list[str]:
    """The fields as a person would write them: a spread after the mean that it belongs to."""
    return sorted(model.model_fields, key=lambda name: name in Spread.model_fields)


def _short(number: dict[str, Any]) -> Any:
    """A number of which nothing is said but its value, or that it is unknown, stands alone."""
    if list(number) == ["value"]:
        return number["value"]
    return "unknown" if number == {"status": "unknown"} else number


def render(data: Any) -> str:
    """YAML text of record data: one key a line, long texts folded, numbers as they are."""
    return _dump(as_data(data))


def _dump(data: Any, flow: bool = False) -> str:
    from io import StringIO

    stream = StringIO()
    dumper = _Dumper(stream, flow, 10**6 if flow else WIDTH)
    dumper.open()
    dumper.represent(data)
    dumper.close()
    return stream.getvalue()


def set_in(text: str, loc: Loc, value: Any) -> str:
    """The text with the value at ``loc`` set; what is missing on the way is made, a list grows by one.

    ValueError when ``loc`` leads nowhere, or when the value cannot be set without changing anything else.
    """
    if not loc:
        raise ValueError("an empty path leads nowhere")
    value = as_data(value)
    wanted = _changed(read(text), loc, value)
    newline = "\r\n" if "\r\n" in text else "\n"
    for candidate in _candidates(text, loc, value):
        made = candidate.replace("\r\n", "\n").replace("\n", newline)
        if _reads_as(made, wanted):
            return made
    raise ValueError(f"{dotted(loc)} cannot be set without touching other lines; edit the file")


def read(text: str) -> Any:
    """The data of a text; ValueError when it is not a clean YAML document."""
    document, problems = parse(text, "the file")
    if document is None or problems:
        raise ValueError(f"{problems[0].where}: {problems[0].message}")
    return document.data


def _reads_as(text: str, data: Any) -> bool:
    document, problems = parse(text, "")
    return document is not None and not problems and bool(document.data == data)


def locate(data: Any, path: str) -> Loc:
    """``results.size.means.comparator.n`` as a location; an item of a list goes by its number or by its id.

    The last part may name something that is not there yet. ValueError when the way to it leads nowhere.
    """
    loc: Loc = ()
    for part in path.split("."):
        step: str | int = part
        if isinstance(data, list):
            step = _position(data, part, dotted(loc))
        elif data is None and part.isdecimal():
            step = int(part)
        elif isinstance(data, str):
            raise ValueError(f'{dotted(loc)} is the plain value "{data}"; nothing stands under it')
        loc = (*loc, step)
        data = _below(data, step)
    return loc


def _position(items: list[Any], part: str, where: str) -> int:
    if part.isdecimal() and int(part) <= len(items):
        return int(part)
    names = [
        next((str(item[key]) for key in _NAMES if key in item), "") if isinstance(item, dict) else ""
        for item in items
    ]
    if part in names:
        return names.index(part)
    known = ", ".join(name for name in names if name) or "none"
    raise ValueError(f'no "{part}" in {where}{did_you_mean(part, names)} (known: {known})')


_NAMES = ("id", "study", "tool", "rule", "what", "domain")


def _below(data: Any, step: str | int) -> Any:
    if isinstance(data, list) and isinstance(step, int):
        return data[step] if step < len(data) else None
    return data.get(step) if isinstance(data, dict) and isinstance(step, str) else None


def dotted(loc: Loc) -> str:
    return ".".join(str(part) for part in loc)


def _changed(data: Any, loc: Loc, value: Any) -> Any:
    """A copy of the data with the value set."""
    if not loc:
        return value
    step, rest = loc[0], loc[1:]
    data = ([] if isinstance(step, int) else {}) if data is None else data
    if isinstance(step, int) and isinstance(data, list) and 0 <= step <= len(data):
        return [*data[:step], _changed(_below(data, step), rest, value), *data[step + 1 :]]
    if isinstance(step, str) and isinstance(data, dict):
        return {**data, step: _changed(_below(data, step), rest, value)}
    raise ValueError(f"{dotted(loc)} leads nowhere")


def _candidates(text: str, loc: Loc, value: Any) -> Iterator[str]:
    """Ways to write the change, the nicest first; the caller takes the first that reads back right."""
    parent, key, node = None, None, yaml.compose(text, Loader=yaml.CBaseLoader)
    assert node is not None
    for depth, step in enumerate(loc):
        child = _child(node, step)
        if child is None and isinstance(node, yaml.CollectionNode):
            made = _changed(None, loc[depth + 1 :], value)
            yield from _inserted(text, node, {step: made} if isinstance(step, str) else [made])
            return
        if child is None:  # an empty value
            value = _changed(None, loc[depth:], value)
            break
        parent, (key, node) = node, child
    yield from _replaced(text, parent, key, node, value)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((k, v) for k, v in node.value if k.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None


def _replaced(
    text: str, parent: yaml.Node | None, key: yaml.Node | None, node: yaml.Node, value: Any
) -> Iterator[str]:
    start, end = node.start_mark.index, _end(text, node)
    space = "" if start == 0 or text[start - 1].isspace() else " "
    if isinstance(value, str):
        plain = _dump({"k": value})[3:].rstrip("\n")
        if "\n" not in plain:
            yield text[:start] + space + plain + text[end:]
    if key is not None and isinstance(parent, yaml.MappingNode) and not parent.flow_style:
        entry = _indented(_dump({key.value: value}), key.start_mark.column)
        yield text[: key.start_mark.index] + entry.lstrip(" ").rstrip("\n") + text[end:]
    yield text[:start] + space + _flow(value) + text[end:]


def _inserted(text: str, node: yaml.CollectionNode, value: Any) -> Iterator[str]:
    """One more entry of a mapping or item of a list, after the last one."""
    last = node.value[-1] if node.value else None
    last = last[1] if isinstance(last, tuple) else last
    if last is not None and not node.flow_style:
        at = text.find("\n", _end(text, last)) + 1 or len(text)
        before = text[:at] if text[:at].endswith("\n") else text[:at] + "\n"
        column = node.start_mark.column
        yield before + _indented(_dump(value), column) + text[at:]
        yield (
            before
            + " " * column
            + ("- " if isinstance(value, list) else "")
            + _flow(value)[1:-1]
            + "\n"
            + text[at:]
        )
        return
    at = _end(text, last) if last is not None else node.start_mark.index + 1
    yield text[:at] + (", " if last is not None else "") + _flow(value)[1:-1] + text[at:]


def _flow(value: Any) -> str:
    """On one line; a text is quoted if it must be between braces and commas."""
    return _dump([value], flow=True).strip()[1:-1]


def _indented(block: str, column: int) -> str:
    return "".join(" " * column + line if line.strip() else line for line in block.splitlines(keepends=True))


def _end(text: str, node: yaml.Node) -> int:
    """Where a value ends, without the comments and blank lines that the syntax tree counts to it."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return node.start_mark.index + len(text[node.start_mark.index : node.end_mark.index].rstrip())
    last = node.value[-1]
    return _end(text, last[1] if isinstance(last, tuple) else last)
