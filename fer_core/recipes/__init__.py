"""A recipe: read, checked, hashed, changed; and the library of them in ``experiments/``."""
