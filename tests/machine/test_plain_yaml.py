"""Cards, recipes and orders are read by one reader of YAML, within bounds, and its refusals are sentences."""

import math

import pytest
import yaml

from fer_core import paths
from fer_core.machine.plain_yaml import DEEPEST, LARGEST_TEXT, load_yaml, read_text, reason_of

SHIPPED = [*paths.EXPERIMENTS.glob("*/*.yaml"), *paths.SHIPPED_CARDS.glob("*/recipe.yaml")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2001-99-99", "2001-99-99"),
        ("2026-11-26T10:00:00+00:00", "2026-11-26T10:00:00+00:00"),
        ("1:30", "1:30"),
        ("0x1f", "0x1f"),
        ("017", "017"),
        ("-17", -17),
        ("1.0e-05", 1e-05),
        ("yes", True),
        ("", None),
        ("'17'", "17"),
    ],
)
def test_numbers_are_numbers_and_everything_else_stays_as_it_is_written(text, value):
    assert load_yaml(f"key: {text}") == {"key": value}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2", "written twice"),
        ("a: &a {b: *a}", "anchors"),
        ("a: &x [1]\nb: [*x, *x]", "anchors"),
        ("a: !!timestamp 2001-99-99", "tags"),
        ("a: !!python/object/apply:os.system [ls]", "tags"),
        ("n: " + "9" * 5000, "more than 18 digits"),
        ("a: " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "deep"),
        ("a: " + "[" * 20_000, "nesting depth"),
        ("\n".join("  " * depth + "a:" for depth in range(DEEPEST + 2)), "deep"),
        ("{[1]: 2}", "a key is a list or a mapping"),
        ("a" * (LARGEST_TEXT + 1), "characters"),
        ("a: [1", "did not find"),
        ("a: 1.0e999", "the number 1.0e999 is too large"),
        ("a: 1\n---\nb: 2", "a second document begins"),
        ("a: \x00", "control characters are not allowed"),
        ("a: \ud800", "surrogates not allowed"),
        ("a: b: c", "mapping values are not allowed in this context"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_reason(text, reason):
    with pytest.raises(yaml.YAMLError, match=reason):
        load_yaml(text)


def test_a_reason_is_one_line_and_names_the_line_of_the_text():
    with pytest.raises(yaml.YAMLError) as caught:
        load_yaml("a: 1\nb: *c")
    assert reason_of(caught.value) == (
        "anchors (&) and aliases (*) are not read: write the value out, in line 2"
    )


def test_plain_values_are_what_yaml_says_they_are():
    text = """
    texts: [plain, 'it''s', "a\\tb", 'true']
    numbers: [0, -7, +3, 1.5, .5, 1.0e-4, 1.0e9, -2., -.inf]
    words: {a: true, b: No, c: ~, e: null}
    nested: [[], {}, [{a: []}]]
    block: |
      two
      lines
    """
    assert load_yaml(text) == {
        "texts": ["plain", "it's", "a\tb", "true"],
        "numbers": [0, -7, 3, 1.5, 0.5, 1e-4, 1e9, -2.0, -math.inf],
        "words": {"a": True, "b": False, "c": None, "e": None},
        "nested": [[], {}, [{"a": []}]],
        "block": "two\nlines\n",
    }
    assert load_yaml("") is None
    assert math.isnan(load_yaml(".nan"))


def test_keys_are_texts():
    assert load_yaml("1: a\ntrue: b\n2001-99-99: c") == {"1": "a", "true": "b", "2001-99-99": "c"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}.{path.name}")
def test_a_shipped_recipe_reads_as_with_yamls_own_loader(path):
    text = read_text(path)
    assert load_yaml(text) == yaml.safe_load(text)


def test_a_file_that_is_too_long_is_not_read_whole(tmp_path):
    with (tmp_path / "long.yaml").open("wb") as file:
        file.truncate(10**10)
    with pytest.raises(yaml.YAMLError, match="more than 1,000,000 characters"):
        read_text(tmp_path / "long.yaml")
