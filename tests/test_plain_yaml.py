"""Cards, recipes and orders are read by one reader of YAML, within bounds, and its refusals are sentences."""

import pytest
import yaml

from fer_core.machine.plain_yaml import DEEPEST, LARGEST_TEXT, load_yaml


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
        ("{[1]: 2}", "unhashable"),
        ("a" * (LARGEST_TEXT + 1), "characters"),
        ("a: [1", "did not find"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_reason(text, reason):
    with pytest.raises(yaml.YAMLError, match=reason):
        load_yaml(text)
