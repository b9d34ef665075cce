"""Figures, curves and evidence over stored predictions: own statistics, no framework (docs/decisions/0002)."""
