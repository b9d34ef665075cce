"""Which variant looks how, of all that there are."""

from fer_core.comparison.styles import styles_of
from fer_core.variants.facts import Status
from fer_core.variants.registry import list_variants
from tests.fixtures_variants import make_variant, use_empty_folders


def test_the_eight_best_shipped_variants_have_eight_colours():
    variants = list_variants()
    trained = [variant for variant in variants if variant.status == Status.TRAINED]
    best = sorted(trained, key=lambda variant: -variant.metrics()["accuracy"])[:8]
    styles = styles_of(variants)
    assert len({styles[variant.id].colour for variant in best}) == 8


def test_a_viewers_own_variant_changes_the_style_of_none_before_it(tmp_path, monkeypatch):
    shipped, own = use_empty_folders(monkeypatch, tmp_path)
    for number in range(10):
        make_variant(shipped, f"shipped.model{number}", seed=number, skill=number / 5)
    make_variant(own, "mine.first", seed=11, trained_at="2026-01-02T00:00:00+00:00")
    before = styles_of(list_variants())
    make_variant(own, "mine.best", seed=12, skill=9.0, trained_at="2026-01-03T00:00:00+00:00")
    after = styles_of(list_variants())
    assert set(after) - set(before) == {"mine.best"}
    assert {name: after[name] for name in before} == before
