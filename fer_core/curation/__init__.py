"""Variants made, registered, merged, checked again, renamed, shipped."""
