"""The one reader of YAML: plain values in bounds, and a phrase for everything else."""

from __future__ import annotations

import time

import pytest
import yaml

from fer_core import paths
from fer_core.cards import read_card
from fer_core.errors import PlainYamlError
from fer_core.plain_yaml import LONGEST_TEXT, load_yaml, read_yaml
from tests.fixtures_variants import make_variant

SHIPPED = sorted((*paths.EXPERIMENTS.rglob("*.yaml"), *paths.SHIPPED_CARDS.glob("*/recipe.yaml")))


def test_plain_values_are_what_yaml_says_they_are():
    text = """
    texts: [plain, 'it''s', "a\\tb", 'true', "1"]
    numbers: [0, -7, +3, 1.5, .5, 1.0e-4, 1.0e9, -2.]
    words: {a: true, b: No, c: ~, e: null}
    block: |
      two
      lines
    """
    assert load_yaml(text) == {
        "texts": ["plain", "it's", "a\tb", "true", "1"],
        "numbers": [0, -7, 3, 1.5, 0.5, 1e-4, 1e9, -2.0],
        "words": {"a": True, "b": False, "c": None, "e": None},
        "block": "two\nlines\n",
    }
    assert load_yaml("") is None


def test_every_shipped_file_reads_as_with_yamls_own_loader():
    assert SHIPPED
    for path in SHIPPED:
        assert read_yaml(path) == yaml.safe_load(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    "text", ["2001-01-01", "2001-99-99", "12:30:61", "1:30", "0x1F", "0b11", "017", "1_000", "1e400"]
)
def test_what_is_no_number_in_tens_stays_the_text_that_stands_there(text):
    assert load_yaml(f"when: {text}") == {"when": text}


def test_keys_are_texts():
    assert load_yaml("1: a\ntrue: b\n2001-99-99: c") == {"1": "a", "true": "b", "2001-99-99": "c"}


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("a: 1\nb: &x [1]\nc: *x", "line 2: the anchor &x is not read"),
        ("a: &a {b: *a}", "line 1: the anchor &a is not read"),
        ("a: *b", "line 1: the alias \\*b is not read: write the value out"),
        ("a: !!python/object/apply:os.system [x]", "line 1: the tag .* is not read"),
        ("a: !!binary zz", "line 1: the tag .* is not read"),
        ("a: 1\na: 2", "the key 'a' is written twice, in lines 1 and 2: keep one of them"),
        ("a: 1\n---\nb: 2", "line 2: a second document begins"),
        ("? [a]\n: 2", "line 1: a key is a list or a mapping"),
        ("a: " + "9" * 5000, "line 1: the number 9{39}… has more than 18 digits"),
        ("a: 1.0e999", "line 1: the number 1.0e999 is too large"),
        ("a: \x00", "control characters are not allowed"),
        ("a: \ud800", "surrogates not allowed"),
        ("a: [", "line 2: did not find expected node content"),
        ("x" * (LONGEST_TEXT + 1), "it has 400,001 characters, at most 400,000 are read"),
        ("- " * 100 + "1", "line 1: lists and mappings lie more than 30 deep"),
    ],
)
def test_what_is_not_plain_is_one_phrase(text, phrase):
    with pytest.raises(PlainYamlError, match=phrase) as caught:
        load_yaml(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
    assert not str(caught.value).endswith(".")


@pytest.mark.parametrize("text", ["[" * 20_000, "a: " + "{" * 20_000, "a: " + "[{b: " * 8_000])
def test_brackets_without_end_are_refused_at_once(text):
    began = time.process_time()
    with pytest.raises(PlainYamlError):
        load_yaml(text)
    assert time.process_time() - began < 2


def test_a_file_that_is_no_text_or_too_long_is_not_read_whole(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")
    with pytest.raises(PlainYamlError, match="no UTF-8 text"):
        read_yaml(tmp_path / "a.yaml")
    with (tmp_path / "b.yaml").open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(PlainYamlError, match="more than 400,000 characters"):
        read_yaml(tmp_path / "b.yaml")


def test_a_card_names_the_line_of_its_file(tmp_path):
    folder = make_variant(tmp_path, "family.one", status="recipe-only")
    card = folder / paths.CARD
    card.write_text(card.read_text().replace("---\n", "---\nodd: *x\n", 1))
    with pytest.raises(
        Exception, match=r"family.one: .* is not valid YAML: line 2: the alias \*x is not read"
    ):
        read_card(folder)
