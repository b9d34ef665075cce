"""Every error that Faceoff raises on purpose.

    FerError
    ├── DataError            a data set can't be read, or is missing
    │   └── DataMissingError      nothing has been imported yet
    ├── PictureError         an uploaded picture can't be used
    │   ├── PictureKindError      it is no JPEG, PNG, WebP, HEIC or AVIF
    │   ├── PictureSizeError      it has too many pixels
    │   └── NoFaceError           no face was found in it
    ├── VideoError           an uploaded video can't be used
    ├── RecipeError          a recipe file is wrong
    ├── CardError            a variant's folder or model card is wrong
    ├── UnknownVariantError  no variant has that id (the near ones are named)
    ├── ConfigurationError   a setting of this server is wrong
    ├── ModelError           a model file can't be used
    │   ├── ContractError         it does not honour the ONNX contract
    │   └── AdaptationError       it can't be made to, as the settings stand
    ├── AnswersError         a table of a model's answers can't be used
    ├── FetchError           a model of others can't be fetched
    ├── ExplanationError     a heat map can't be made
    ├── RunStoppedError      a measurement was stopped by its requester
    ├── TrainingError        a training can't start or go on
    │   └── TrainingInterrupted   it was stopped and can be resumed
    ├── RequestError         a request to the HTTP API is refused
    │   ├── UnauthorisedError     it carries no token, or a wrong one
    │   ├── WrongHostError        it is addressed to another host
    │   ├── BusyError             all places are taken
    │   ├── AnswerTooSlowError    its answer takes too long
    │   ├── MediaTypeError        its body is no multipart form
    │   ├── FormError             a field of its form is wrong
    │   ├── UploadError           its body is damaged or cut off
    │   ├── UploadTooLargeError   its body is too long
    │   └── UploadTooSlowError    its body takes too long
    ├── JobError             a job can't be submitted or changed
    │   ├── UnknownJobError       no job has that id (the near ones are named)
    │   ├── JobStoreError         the jobs' database can't be read or written
    │   └── ClusterError          the cluster that trains can't be reached now
    ├── TaskError          short work in another process has failed
    └── NotAllowedError      the requester may look, but not change anything

A message is one sentence that names what was wrong and what to do. Errors of libraries are
translated where they are called, with ``raise ... from``; what is not a FerError is a bug.

Sentences quote words of strangers: file names, ids and what libraries say of a file may hold characters that move a
terminal's cursor or turn the reading direction, passwords of addresses, pictures that a browser fetches from somewhere.
The functions below make them fit for a sentence, a log or a page.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_SHOWN_LENGTH = 80

#: What terminals take for an order, such as a colour: ``ESC [ 31 m``.
_ORDERS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_GAPS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")

_HIDDEN = "***"
# greedy up to the last @ of the word: a password may hold / : and @ itself
_USER = re.compile(r"(?P<start>\b[A-Za-z][\w+.-]*://[^\s:/?#@]*):\S*@")
_TOKEN = re.compile(r"(?P<start>\bhttps?://)[^\s/@]+@")
_FIELD = re.compile(r"(?P<start>\b\w*(?:password|passwd|pwd|secret|token|api_?key)\w*=)[^\s&;,'\"]+", re.I)

_PICTURE = re.compile(r"(?P<escapes>\\*)!\[")


class FerError(Exception):
    """Base of all errors that a user can do something about.

    Its sentence quotes names and reasons of others: it is one line that can be printed, without passwords.
    """

    def __str__(self) -> str:
        return without_passwords(printable(super().__str__()))


class DataError(FerError):
    """A data set can't be read, is incomplete, or is missing."""


class DataMissingError(DataError):
    """No data set has been imported into FER_HOME."""


class PictureError(FerError):
    """A picture can't be used; the message says why."""


class PictureKindError(PictureError):
    """A picture is of a kind that is not read, or no picture at all."""


class PictureSizeError(PictureError):
    """A picture has too many pixels."""


class NoFaceError(PictureError):
    """No face was found in a picture."""


class VideoError(FerError):
    """A video can't be used; the message says why."""


class RecipeError(FerError):
    """A recipe file is wrong; the message names the file and the key."""


class CardError(FerError):
    """A variant's folder is incomplete or its card can't be read."""


class UnknownVariantError(FerError):
    """No variant has the requested id."""

    def __init__(self, variant_id: str, known: Iterable[str]) -> None:
        shown = variant_id if len(variant_id) <= _SHOWN_LENGTH else variant_id[: _SHOWN_LENGTH - 1] + "…"
        super().__init__(f"There is no variant {shown!r}{near_names(shown, known)}")
        self.variant_id = variant_id


class ConfigurationError(FerError):
    """A setting of this server is wrong; the message names the setting."""


class ModelError(FerError):
    """A model file can't be loaded or run."""


class ContractError(ModelError):
    """A model file does not take ``faces`` uint8 (N, S, S) or (N, S, S, 3), or answer ``probs`` float32 (N, 7)."""


class AdaptationError(ModelError):
    """A network of elsewhere can't be made to honour the contract: by its shape, or as the settings stand."""


class AnswersError(FerError):
    """A table of a model's answers can't be read, lacks faces, or holds no answers."""


class FetchError(FerError):
    """A package with a model of others can't be fetched, or is not the one that is known."""


class ExplanationError(FerError):
    """No heat map can be made: of this network, of this layer, or at this time."""


class RunStoppedError(FerError):
    """A long measurement was stopped by its requester; nothing of it was kept."""


class TrainingError(FerError):
    """A training can't start or go on; the message names the cause."""


class TrainingInterrupted(TrainingError):
    """A training was stopped by the user; its checkpoint is complete and can be resumed."""


class RequestError(FerError):
    """A request to the HTTP API is refused; the message says why."""


class UnauthorisedError(RequestError):
    """A request carries no token, or a wrong one."""


class WrongHostError(RequestError):
    """A request names a host that this server doesn't answer for."""


class BusyError(RequestError):
    """As many requests as are allowed at once are being answered."""


class AnswerTooSlowError(RequestError):
    """A request was not answered in time."""


class MediaTypeError(RequestError):
    """A request's body is of a kind that is not read."""


class FormError(RequestError):
    """A field of a form is unknown, missing, wrong or there too often."""


class UploadError(RequestError):
    """A request's body is damaged or cut off."""


class UploadTooLargeError(RequestError):
    """A request's body is too long."""


class UploadTooSlowError(RequestError):
    """A request's body did not arrive in time."""


class JobError(FerError):
    """A job can't be submitted, or not be changed so in the state it is in."""


class UnknownJobError(JobError):
    """No job has the requested id."""

    def __init__(self, job_id: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no job {job_id!r}{near_names(job_id, known)}")
        self.job_id = job_id


class JobStoreError(JobError):
    """The jobs' database can't be read or written."""


class ClusterError(JobError):
    """The cluster that trains does not answer, or refuses; what it runs goes on."""


class TaskError(FerError):
    """Short work in a process of its own has failed; the message holds its sentence."""


class NotAllowedError(FerError):
    """The requester may look at everything, but not start a training or change a model; the message says why."""


def quoted(value: object, most: int = 80) -> str:
    """A value as a sentence quotes it: at most ``most`` characters of what Python writes for it."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        text = "a number of very many digits"
    return text if len(text) <= most else f"{text[: most - 1]}…"


def near_names(wrong: str, known: Iterable[str], count: int = 3) -> str:
    """The end of an error sentence: ``"; did you mean a, b or c?"``, or ``"."`` when nothing is near."""
    near = difflib.get_close_matches(wrong, list(known), n=count, cutoff=0.5)
    if not near:
        return "."
    listed = near[0] if len(near) == 1 else ", ".join(near[:-1]) + " or " + near[-1]
    return f"; did you mean {listed}?"


def printable(text: str) -> str:
    """``text`` in one line, without characters that are not seen: no control, no turned reading direction."""
    text = _GAPS.sub(" ", _ORDERS.sub("", text))
    return text if text.isprintable() else "".join(letter for letter in text if letter.isprintable())


def without_passwords(text: str) -> str:
    """``postgresql://ann:secret@host/jobs?password=x`` -> ``postgresql://ann:***@host/jobs?password=***``."""
    if "://" in text:
        text = _TOKEN.sub(rf"\g<start>{_HIDDEN}@", _USER.sub(rf"\g<start>:{_HIDDEN}@", text))
    return _FIELD.sub(rf"\g<start>{_HIDDEN}", text) if "=" in text else text


def without_pictures(markdown: str) -> str:
    """Markdown whose pictures are links: a browser that shows a page would fetch them, and reveal who looks."""
    return _PICTURE.sub(
        lambda found: found["escapes"] + "\\" * (len(found["escapes"]) % 2 == 0) + "![", markdown
    )
