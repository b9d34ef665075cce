"""Variants made, brought, merged, checked again, renamed, shipped."""
