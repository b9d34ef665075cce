"""Claims that rest on what was measured besides: distorted faces and heat maps."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core import paths
from fer_core.data.distortions import REPORT
from fer_core.emotions import EMOTIONS
from fer_core.evaluation.distorted import list_steps
from fer_core.evaluation.heat import Heat, read_heat, summed_up, write_heat
from fer_core.evaluation.regions import NAMES, masks
from fer_core.literature.claims import FAILS, HOLDS, UNDECIDED, UNKNOWN
from tests.literature.one_comparison import weighed


def measure(folder, name, accuracy, loss):
    """A robustness.csv with these figures (a constant, or by distortion of the report)."""
    lines = ["distortion,severity,n,accuracy,loss"]
    for step, severity in list_steps():
        values = [given.get(step, 0.5) if isinstance(given, dict) else given for given in (accuracy, loss)]
        lines.append(f"{step},{severity},140,{values[0]},{values[1]}")
    (folder / name / paths.ROBUSTNESS).write_text("\n".join(lines) + "\n")


def test_losses_on_distorted_faces_are_tested_over_the_distortions(shipped):
    measure(shipped, "a.good", 0.4, dict(zip(REPORT, (1.4, 1.5, 1.6, 1.5, 1.5), strict=True)))
    measure(shipped, "a.poor", 0.2, 2.5)
    verdict, evidence = weighed("a.good", "a.poor", "distorted_log_loss", distortions=tuple(REPORT))
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(1.0))
    gains = np.array([1.1, 1.0, 0.9, 1.0, 1.0])
    assert evidence.hi - evidence.advantage == pytest.approx(2.776 * gains.std(ddof=1) / 5**0.5)
    assert weighed("a.poor", "a.good", "distorted_log_loss", distortions=tuple(REPORT))[0] == FAILS


def test_one_mean_loss_has_no_interval_and_decides_nothing(shipped):
    measure(shipped, "a.good", 0.4, 1.5)
    measure(shipped, "a.poor", 0.2, 2.5)
    verdict, evidence = weighed("a.good", "a.poor", "distorted_log_loss", distortions=("report_blur",))
    assert (verdict, evidence.advantage) == (UNDECIDED, pytest.approx(1.0))


def test_accuracies_on_distorted_faces_have_the_interval_of_two_shares(shipped):
    measure(shipped, "a.good", 0.5, 1.5)
    measure(shipped, "a.poor", 0.3, 2.5)
    verdict, evidence = weighed(
        "a.good", "a.poor", "distorted_accuracy", distortions=("report_blur", "report_noise")
    )
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(0.2))
    reach = 1.96 * ((0.25 + 0.21) / 140 / 2) ** 0.5
    assert evidence.hi - evidence.advantage == pytest.approx(reach, rel=1e-3)


def test_one_distortion_is_held_against_another(shipped):
    measure(shipped, "a.good", {"report_noise": 0.6, "report_blur": 0.2}, 1.5)
    more = {"distortions": ("report_noise",), "against": ("report_blur",)}
    assert weighed("a.good", "a.good", "distorted_accuracy", **more)[1].advantage == pytest.approx(0.4)


def test_what_was_not_measured_on_distorted_faces_is_waited_for(shipped):
    verdict, evidence = weighed("a.good", "a.poor", "distorted_log_loss", distortions=tuple(REPORT))
    assert (verdict, evidence.missing) == (UNKNOWN, ("robustness of a.good", "robustness of a.poor"))


def keep_heat(folder, name, faces, blocks=2):
    """Heat maps of happy faces named rightly: nothing in particular in all blocks but the last, the mouth there."""
    rng, mouth = np.random.default_rng(3), masks()[NAMES.index("mouth")]
    maps = [rng.random((faces, 48, 48), np.float32) for _ in range(blocks)]
    maps[-1] *= mouth
    group = np.full(faces, EMOTIONS.index("happy"))
    made = tuple(summed_up(f"conv{at}", each, group, (12, 12)) for at, each in enumerate(maps, 1))
    write_heat(folder / name / paths.HEAT_MAPS, Heat(np.bincount(group, minlength=14).reshape(2, 7), made))


def test_heat_that_lies_where_the_report_says_makes_a_claim_hold_and_elsewhere_fail(shipped):
    keep_heat(shipped, "a.good", 30)
    mouth, nose = ({"emotions": ("happy",), "regions": (part,)} for part in ("mouth", "nose"))
    verdict, evidence = weighed("a.good", "a.good", "heat", **mouth)
    assert (verdict, evidence.advantage) == (HOLDS, pytest.approx(1))
    assert evidence.test == "normal interval of a mean of 30 faces"
    assert weighed("a.good", "a.good", "heat", **nose)[0] == FAILS
    over = {"blocks": (2, 1)}
    assert weighed("a.good", "a.good", "block_heat", regions=("mouth",), **over)[0] == HOLDS
    verdict, evidence = weighed("a.good", "a.good", "block_alike", **over)
    heat = read_heat(shipped / "a.good" / paths.HEAT_MAPS)
    assert (verdict, evidence.advantage) == (
        HOLDS,
        pytest.approx(heat.blocks[1].alike - heat.blocks[0].alike),
    )


@pytest.mark.parametrize(
    ("figure", "more"),
    [
        ("heat", {"emotions": ("happy",), "regions": ("mouth",)}),
        ("block_heat", {"blocks": (2, 1), "regions": ("mouth",)}),
        ("block_alike", {"blocks": (2, 1)}),
    ],
)
def test_no_claim_about_heat_maps_rests_on_fewer_than_thirty_faces(shipped, figure, more):
    assert weighed("a.good", "a.good", figure, **more)[1].missing == ("heat maps of a.good",)
    keep_heat(shipped, "a.good", 29)
    verdict, evidence = weighed("a.good", "a.good", figure, **more)
    assert verdict == UNKNOWN
    assert all(name.startswith("heat maps of a.good for 30 faces") for name in evidence.missing)


def test_a_block_that_a_network_has_not_is_waited_for(shipped):
    keep_heat(shipped, "a.good", 30)
    assert weighed("a.good", "a.good", "block_alike", blocks=(5, 1))[1].missing == (
        "heat maps of a.good with 5 blocks",
    )
