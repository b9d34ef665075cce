"""Which ways lead from the pages, the API and the command line to something that writes or starts a process.

The sources are read, not run: from function to function, class and method by the names that they mention. What is
marked with ``for_trainers`` ends a way, because it asks who wants it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

GUARD = "for_trainers"
#: Calls that write a file, or start a process or a thread, by the name that is called, whatever it is called on.
ACTS = {
    "Popen", "check_call", "check_output", "write_text", "write_bytes", "mkdir", "mkdtemp", "rmtree", "unlink", "rmdir",
    "touch", "Thread", "symlink_to", "copy2", "copyfile", "copytree", "move", "to_parquet", "savez_compressed",
    "makedirs",
}  # fmt: skip
#: The same, on these alone: the name also means harmless things.
ACTS_ON = {
    "os": {"replace", "open", "kill", "killpg", "remove"},
    "subprocess": {"run"},
    "store": {"add", "remove"},
    "open_store()": {"add", "remove"},
    "onnx": {"save"},
}
_WRITING = set("wax+")


@dataclass
class Place:
    """A function or class at the top of a module: what it mentions, and whether it acts by itself."""

    mentions: set[str] = field(default_factory=set)
    acts: bool = False
    guarded: bool = False


def read_sources(root: Path, *folders: str) -> dict[str, str]:
    """Module name -> text of every Python file in these folders, or of these files."""
    files = [
        file
        for place in map(root.joinpath, folders)
        for file in (place.rglob("*.py") if place.is_dir() else [place])
    ]
    return {
        ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file.read_text()
        for file in files
    }


def read_places(sources: Mapping[str, str], beside: Collection[str] = ()) -> dict[str, Place]:
    """``module:name`` -> place, and ``module:`` for what stands outside of functions.

    ``beside``: the modules that these may import and that have been read already.
    """
    trees = {module: ast.parse(text) for module, text in sources.items()}
    known = {*trees, *beside}
    places: dict[str, Place] = {}
    for module, tree in trees.items():
        names = _imported(tree, known)
        names |= {node.name: f"{module}:{node.name}" for node in tree.body if hasattr(node, "name")}
        for node in tree.body:
            place = places.setdefault(f"{module}:{getattr(node, 'name', '')}", Place())
            _read(node, place, names, known)
    return places


def ways(
    places: Mapping[str, Place], starts: Iterable[str], open_to_all: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """A way to each place that acts, from one of ``starts`` by places that ask nobody."""
    seen, waiting = set(), [(start,) for start in starts]
    while waiting:
        way = waiting.pop()
        name = way[-1]
        if name in seen or name not in places or name in open_to_all or places[name].guarded:
            continue
        seen.add(name)
        if places[name].acts:
            yield way
        waiting += [(*way, each) for each in sorted(places[name].mentions)]


def _imported(tree: ast.Module, known: Collection[str]) -> dict[str, str]:
    """What each imported name stands for: ``module:name``, or ``module`` for a module."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    names[alias.asname] = alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                names[alias.asname or alias.name] = whole if whole in known else f"{node.module}:{alias.name}"
    return names


def _read(node: ast.AST, place: Place, names: Mapping[str, str], known: Collection[str]) -> None:
    for decorator in getattr(node, "decorator_list", ()):
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == GUARD:
            place.guarded = True
    for each in _walk(node):
        if isinstance(each, ast.Call):
            place.acts |= _acts(each)
        if isinstance(each, ast.Name) and each.id in names:
            place.mentions.add(_resolved(names[each.id], known))
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in names:
            place.mentions.add(_resolved(f"{names[each.value.id]}:{each.attr}", known))


def _resolved(name: str, known: Collection[str]) -> str:
    module, _, own = name.partition(":")
    return f"{module}:{own.partition(':')[0]}" if module in known else name


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """As ``ast.walk``, without annotations: they call nothing."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _acts(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id in ACTS or (function.id == "open" and _opens_to_write(call, 1))
    if not isinstance(function, ast.Attribute):
        return False
    on = ast.unparse(function.value)
    if function.attr in ACTS_ON.get(on, ()) or (function.attr == "open" and _opens_to_write(call, 0)):
        return True
    if function.attr == "rename":  # a file's, not a table's
        return len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Constant)
    if function.attr == "to_csv":
        return bool(call.args)
    return function.attr in ACTS and not (function.attr == "move" and on.startswith("np"))


def _opens_to_write(call: ast.Call, place: int) -> bool:
    modes = [*call.args[place : place + 1], *(word.value for word in call.keywords if word.arg == "mode")]
    return any(isinstance(mode, ast.Constant) and _WRITING & set(str(mode.value)) for mode in modes)
