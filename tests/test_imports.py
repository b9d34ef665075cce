"""Who may import what."""

import ast
import subprocess
import sys

import pytest

from fer_core import paths

FRAMEWORKS = {"tensorflow", "keras", "torch", "torchvision", "timm"}
BEARERS = {
    *("keras_nets.py", "keras_backbones.py", "keras_trainer.py", "keras_optimizers.py"),
    *(
        "torch_nets.py",
        "torch_trainer.py",
        "torch_optimizers.py",
        "torch_graph.py",
        "torch_operators.py",
        "torch_windows.py",
    ),
}
SOURCES = sorted(
    path
    for folder in ("fer_core", "dashboard", "pages")
    for path in (paths.REPOSITORY / folder).rglob("*.py")
)


def imported(path):
    """Top-level packages that a file imports anywhere in it."""
    nodes = ast.walk(ast.parse(path.read_text()))
    names = [
        name
        for node in nodes
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    ]
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(paths.REPOSITORY)))
def test_a_file_imports_only_what_its_place_allows(path):
    found = imported(path)
    if path.name not in BEARERS:
        assert not found & FRAMEWORKS
    if path.is_relative_to(paths.REPOSITORY / "fer_core"):
        assert not found & {"streamlit", "dashboard"}


def test_imports_point_in_one_direction_only():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=paths.REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_listing_predicting_and_comparing_import_no_training_framework():
    code = (
        "import sys, fer_core.answers, fer_core.comparison.leaderboard, fer_core.variants.registry, fer_core.__main__;"
        "import fer_core.explain.explainer;"
        "fer_core.variants.registry.list_variants();"
        f"print(sorted({FRAMEWORKS!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.REPOSITORY, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
