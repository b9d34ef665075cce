"""A comparison as one HTML file for people who were not there, and its numbers as CSV: ``make_handout`` in ``page.py``.

``material.py`` reads what all sections need, ``sections`` gathers, words and lays out each, ``parts.py`` has what they
are put together from, ``svg.py`` draws charts as SVG, and ``page.py`` fills ``handout.html``. ``task.py`` does it in a
process of its own.
"""
