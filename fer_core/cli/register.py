"""What ``python -m fer_core register`` does and prints."""

from __future__ import annotations

import argparse

from fer_core.errors import ModelError


def register(options: argparse.Namespace) -> None:
    """Bring a model or a recipe of one's own."""
    from fer_core.curation.registration import (
        Brought,
        is_recipe,
        register_recipe,
        start_registration,
    )

    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise ModelError(f"{options.file} can't be read: {error.strerror}.") from error
    if is_recipe(options.file.name):
        print(f"{register_recipe(data, options.file.name, options.id)} can be trained now")
        return
    brought = Brought(options.id, options.summary, options.source, options.architecture)
    print(f"{start_registration(data, options.file.name, brought).result()} is registered")
