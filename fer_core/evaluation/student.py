"""The quantile of Student's t, without SciPy (1908, "The probable error of a mean")."""

from __future__ import annotations

from statistics import NormalDist

_LEVEL = 0.95
_FEW_DEGREES = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}


def two_sided_quantile(degrees: int) -> float:
    """How many standard errors the 95 % interval reaches to each side of a mean, with ``degrees`` of freedom (1 or
    more): a table for few, the expansion of Fisher and Cornish (1960) from five on; within .3 %."""
    if degrees in _FEW_DEGREES:
        return _FEW_DEGREES[degrees]
    z = NormalDist().inv_cdf(0.5 + _LEVEL / 2)
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    )
