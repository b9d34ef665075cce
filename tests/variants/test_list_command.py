"""`list`: every variant on a line whose columns never run into each other."""

import pytest

from fer_core.__main__ import main
from tests.fixtures_variants import make_variant, use_empty_folders


@pytest.mark.parametrize("length", [10, 33, 34, 35, 60])
def test_an_id_of_any_length_stands_apart_from_what_follows(monkeypatch, tmp_path, capsys, length):
    _, local = use_empty_folders(monkeypatch, tmp_path)
    long_id = "demo." + "x" * (length - len("demo."))
    for name in ("demo.short", long_id):
        make_variant(local, name)
    assert main(["list"]) in (0, None)
    heading, *lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line for line in lines if line.startswith("demo.")}
    assert set(rows) == {"demo.short", long_id}
    assert {line.index("trained") for line in rows.values()} == {heading.index("status")}
