"""Uploads read within bounds, faces found in them, videos opened."""
