"""A comparison for people who were not there: one HTML file that needs nothing else, and its numbers as CSV.

``gather.py`` computes the tables, ``sections.py`` puts them into words and cells, ``drawing.py`` makes the charts
SVG, ``writing.py`` fills the page ``report.html``. ``process.py`` does it in a process of its own.
"""
