"""Figures, curves and evidence over stored predictions: NumPy and scikit-learn, no framework."""
