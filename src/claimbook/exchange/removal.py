"""One item out of a list of a record, with every other line left as it was."""

from __future__ import annotations

import yaml

from claimbook.records.editing import read, set_in


def without_item(text: str, name: str, index: int) -> str:
    """The text without item ``index`` of the list ``name``; its lines are cut out where that is all it takes.

    ValueError where there is no such item.
    """
    items = read(text).get(name) or []
    if not 0 <= index < len(items):
        raise ValueError(f"{name} has no item {index}")
    wanted = {**read(text), name: [*items[:index], *items[index + 1 :]]}
    cut = _cut(text, name, index)
    if cut is not None and wanted[name] and read(cut) == wanted:
        return cut
    return set_in(text, (name,), wanted[name])


def _cut(text: str, name: str, index: int) -> str | None:
    """The text without the lines of an item; None where it shares them with others."""
    root = yaml.compose(text, Loader=yaml.CBaseLoader)
    assert isinstance(root, yaml.MappingNode)
    node = next(value for key, value in root.value if key.value == name)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        return None
    lines = text.splitlines(keepends=True)
    first = node.value[index].start_mark.line
    last = (
        node.value[index + 1].start_mark.line
        if index + 1 < len(node.value)
        else _last_line(node.value[index])
    )
    return "".join([*lines[:first], *lines[last:]])


def _last_line(node: yaml.Node) -> int:
    """The line behind a node, without the comments and blank lines that the syntax tree counts to it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.line) + (1 if node.end_mark.column else 0)
