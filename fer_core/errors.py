"""Every error that Faceoff raises on purpose.

    FerError
    ├── DataError            a data set can't be read, or is missing
    │   └── DataMissingError      nothing has been imported yet
    ├── PictureError         an uploaded picture can't be used
    ├── VideoError           an uploaded video can't be used
    ├── RecipeError          a recipe file is wrong
    ├── CardError            a variant's folder or model card is wrong
    ├── UnknownVariantError  no variant has that id (the near ones are named)
    ├── ConfigurationError   a setting of this server is wrong
    ├── ModelError           a model file can't be used
    │   └── ContractError         it does not honour the ONNX contract
    └── TrainingError        a training can't start or go on
        └── TrainingInterrupted   it was stopped and can be resumed

A message is one sentence that names what was wrong and what to do. Errors of libraries are
translated where they are called, with ``raise ... from``; what is not a FerError is a bug.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FerError(Exception):
    """Base of all errors that a user can do something about."""


class DataError(FerError):
    """A data set can't be read, is incomplete, or is missing."""


class DataMissingError(DataError):
    """No data set has been imported into FER_HOME."""


class PictureError(FerError):
    """A picture can't be used; the message says why."""


class VideoError(FerError):
    """A video can't be used; the message says why."""


class RecipeError(FerError):
    """A recipe file is wrong; the message names the file and the key."""


class CardError(FerError):
    """A variant's folder is incomplete or its card can't be read."""


class UnknownVariantError(FerError):
    """No variant has the asked id."""

    def __init__(self, variant_id: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no variant {variant_id!r}{near_names(variant_id, known)}")
        self.variant_id = variant_id


class ConfigurationError(FerError):
    """A setting of this server is wrong; the message names the setting."""


class ModelError(FerError):
    """A model file can't be loaded or run."""


class ContractError(ModelError):
    """A model file does not take ``faces`` uint8 (N, 48, 48) or answer ``probs`` float32 (N, 7)."""


class TrainingError(FerError):
    """A training can't start or go on; the message names the cause."""


class TrainingInterrupted(TrainingError):
    """A training was stopped by the user; its checkpoint is complete and can be resumed."""


def near_names(wrong: str, known: Iterable[str], count: int = 3) -> str:
    """The end of an error sentence: ``"; did you mean a, b or c?"``, or ``"."`` when nothing is near."""
    near = difflib.get_close_matches(wrong, list(known), n=count, cutoff=0.5)
    if not near:
        return "."
    listed = near[0] if len(near) == 1 else ", ".join(near[:-1]) + " or " + near[-1]
    return f"; did you mean {listed}?"
