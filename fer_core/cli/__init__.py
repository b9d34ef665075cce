"""The commands of ``python -m fer_core``: arguments beside actions."""
