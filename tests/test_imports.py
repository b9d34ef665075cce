"""Who may import what."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter

import grimp

from fer_core import paths

FRAMEWORKS = {"tensorflow", "keras", "torch", "torchvision", "timm"}


def imported(path):
    """Top-level packages that a file imports anywhere in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def test_no_page_imports_a_training_framework():
    """Pages are scripts, no package: the contracts of pyproject.toml hold the two packages, this holds them."""
    pages = [paths.REPOSITORY / "app.py", *sorted((paths.REPOSITORY / "pages").glob("*.py"))]
    assert len(pages) > 10
    assert {page.name: imported(page) & FRAMEWORKS for page in pages} == {page.name: set() for page in pages}


def test_imports_point_in_one_direction_only():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=paths.REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_files_import_each_other_in_a_circle():
    """Imports inside functions count as well."""
    graph = grimp.build_graph("fer_core", "dashboard", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()


def test_listing_predicting_and_comparing_import_no_training_framework():
    code = (
        "import sys, fer_core.answers, fer_core.comparison.leaderboard, fer_core.variants.registry, fer_core.__main__;"
        "import fer_core.explain.explainer;"
        "fer_core.variants.registry.list_variants();"
        f"print(sorted({FRAMEWORKS!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.REPOSITORY, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
