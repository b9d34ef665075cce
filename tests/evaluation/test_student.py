"""The quantile of Student's t, held against SciPy's."""

import pytest
from scipy.stats import t

from fer_core.evaluation.student import two_sided_quantile


@pytest.mark.parametrize("degrees", [*range(1, 30), 100, 3588])
def test_the_quantile_is_scipys(degrees):
    assert two_sided_quantile(degrees) == pytest.approx(t.ppf(0.975, degrees), rel=3e-3)
