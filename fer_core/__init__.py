"""Faceoff's core: every facial-expression variant behind one contract.

Nothing here imports Streamlit; TensorFlow and PyTorch are imported only by the modules that bear
their names, inside worker processes. See README.md for the map.
"""

__version__ = "0.1.0"
