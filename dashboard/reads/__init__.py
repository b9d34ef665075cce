"""Cached reads of what the core knows."""
