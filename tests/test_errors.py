"""Words of strangers: what may stand in a sentence, in a log, on a page, in a spreadsheet."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from fer_core.errors import DataError, UnknownVariantError, printable, without_passwords, without_pictures
from fer_core.jobs.causes import cause_of
from fer_core.jobs.mlflow_mirror import MlflowServer
from fer_core.jobs.store import JobStore
from fer_core.machine.csv_text import csv_text, harmless, harmless_csv


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("face.png", "face.png"),
        ("über größe 顔.png", "über größe 顔.png"),
        ("\x1b[96mstep 2/3\x1b[0m of \x1b[2Jall", "step 2/3 of all"),
        ("\x1b]0;title\x07bell\x07", "bell"),
        ("two\nlines\r\nand\ta tab\x00", "two lines and a tab"),
        ("gpj.\u202eface\u200b", "gpj.face"),
    ],
)
def test_what_is_not_seen_is_left_out_of_a_sentence(given, shown):
    assert printable(given) == shown


def test_every_error_of_faceoff_is_one_printable_line():
    assert str(DataError("a\x1b[31m\nb.csv is\x00 wrong.")) == "a b.csv is wrong."
    assert str(UnknownVariantError("pisa\x1b[31m", ["pisa.cnn1"])).isprintable()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql+psycopg://ann:secret@host/jobs", "postgresql+psycopg://ann:***@host/jobs"),
        ("postgresql://ann:se:c/r@et@host:5432/jobs is", "postgresql://ann:***@host:5432/jobs is"),
        ("postgresql://ann@host/jobs", "postgresql://ann@host/jobs"),
        ("postgresql:///jobs?host=h&password=secret&user=ann", "postgresql:///jobs?host=h&password=***&user=ann"),
        ("http://secret@mlflow:5000 refuses", "http://***@mlflow:5000 refuses"),
        ("https://h/x?access_token=secret", "https://h/x?access_token=***"),
        ("user=ann password=secret host=h", "user=ann password=*** host=h"),
    ],
)  # fmt: skip
def test_a_password_in_an_address_is_not_told(given, shown):
    assert without_passwords(given) == shown


def test_a_database_or_server_that_can_not_be_had_is_named_without_its_password():
    for url in ("postgresql+psycopg://ann:sesame@127.0.0.1:1/x", "nonsense://ann:sesame@h/x?password=sesame"):
        with pytest.raises(Exception, match="can't be used") as raised:
            JobStore(url)
        assert "sesame" not in str(raised.value)
    with pytest.raises(Exception, match="does not answer") as raised:
        MlflowServer("http://ann:sesame@127.0.0.1:1").call("runs/create", {})
    assert "sesame" not in str(raised.value) and "127.0.0.1:1" in str(raised.value)
    assert "sesame" not in cause_of(ValueError("can't connect to postgresql://ann:sesame@host/x"))


@pytest.mark.parametrize(
    ("prose", "shown"),
    [
        ("![seen](http://host/x.png)", r"\![seen](http://host/x.png)"),
        (r"\![seen](http://host/x.png)", r"\![seen](http://host/x.png)"),
        (r"\\![seen][there]", r"\\\![seen][there]"),
        ("[a link](http://host) and !", "[a link](http://host) and !"),
    ],
)
def test_a_picture_in_prose_becomes_a_link_that_nobody_fetches(prose, shown):
    assert without_pictures(prose) == shown
    assert without_pictures(shown) == shown


@pytest.mark.parametrize(
    "formula", ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1"]
)
def test_a_cell_that_a_spreadsheet_would_compute_is_text(formula):
    assert harmless(formula) == "'" + formula.replace("\r", "\n")
    text = csv_text(pd.DataFrame({"slice": [formula], formula: [0.5]}, index=[formula]), index=True)
    for cell in pd.read_csv(io.StringIO(text, newline=""), index_col=0).reset_index().astype(str).values[0]:
        assert cell.startswith("'") or cell == "0.5"
    assert harmless(formula) in pd.read_csv(io.StringIO(text, newline=""), index_col=0).columns


def test_a_return_inside_a_cell_begins_no_row():
    text = csv_text(pd.DataFrame({"slice": ["a\r=1+1", "b"]}))
    assert pd.read_csv(io.StringIO(text, newline=""))["slice"].tolist() == ["a\n=1+1", "b"]


def test_numbers_stay_numbers_and_other_tables_come_out_as_before():
    table = pd.DataFrame(
        {
            "x": [-0.5, 1e-9, float("nan")],
            "text": ["-0.5", "+3", "a-b"],
            "mixed": [1, None, "-1e-3"],
            "kind": pd.Categorical(["a", "b", "a"]),
            "n": [-1, 2, 3],
        }
    )
    assert csv_text(table) == table.to_csv(index=False)
    assert csv_text(table, float_format="%.3g") == table.to_csv(index=False, float_format="%.3g")
    assert csv_text(table.iloc[:0]) == table.iloc[:0].to_csv(index=False)


def test_a_csv_file_keeps_its_numbers_and_words_and_loses_its_formulas():
    given = 'epoch,note\n1,-0.5\n2,"=HYPERLINK(""x"")"\n3,"a, b"\n'.encode("utf-8-sig")
    assert harmless_csv(given).decode() == 'epoch,note\n1,-0.5\n2,"\'=HYPERLINK(""x"")"\n3,"a, b"\n'
    assert harmless_csv(b"=1+1" + b"x" * 200_000).startswith(b"'=1+1")
    assert harmless_csv(b"\xff\x00,2\n") == "\ufffd,2\n".encode()
