"""What the API answers, as the OpenAPI description has it. The command line's ``--json`` is the same."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fer_core.emotions import EMOTIONS

Emotion = Literal[EMOTIONS]


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(_Schema):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="The kind of problem; a path of this server, or about:blank.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What was wrong, and what to do.")
    pictures: list[Problem] | None = Field(None, description="One a picture, where several were sent.")


class ProblemKind(_Schema):
    """What a problem's type stands for."""

    type: str
    title: str
    status: int


class Health(_Schema):
    """That the server answers."""

    status: Literal["ok"] = "ok"
    version: str


class Figures(_Schema):
    """Measured on one split under the protocol fer2013-official. Shares are 0–1."""

    n: int = Field(description="Test pictures.")
    accuracy: float | None
    accuracy_ci95: tuple[float | None, float | None] = Field(description="95 % interval of the accuracy.")
    macro_f1: float | None
    weighted_f1: float | None
    log_loss: float | None
    ece: float | None = Field(description="Expected calibration error, 15 bins.")
    auc_macro: float | None
    auc_micro: float | None


class Training(_Schema):
    """How far a model was trained."""

    epochs_run: int
    epochs_planned: int | None = Field(description="By its recipe.")
    whole: bool | None = Field(
        description="Trained to its end: all planned epochs or its stopping rule, from the beginning; null: not known."
    )
    ended: Literal["planned", "early_stopping", "cut", "unknown"] = Field(
        description="What ended it: the planned epochs, its own rule, or a cut, after which it may still improve."
    )


class ModelSummary(_Schema):
    """One variant: what it is, how good, and whether it can answer here."""

    id: str
    status: Literal["trained", "recipe-only", "broken"]
    reason: str | None = Field(description="What is broken.")
    origin: Literal["shipped", "local"]
    can_predict: bool
    family: str
    framework: str | None
    architecture: str | None
    parameters: int | None
    size_bytes: int | None = Field(description="Of its model file.")
    latency_ms: float | None = Field(description="One face on the machine that wrote the card.")
    recipe_corrections: list[str] = Field(
        description="What has been corrected in its recipe since it was trained; its figures are of the old one."
    )
    training: Training | None = Field(
        description="Null where it is not trained or has no epochs of its own, as ensembles and brought models."
    )
    private_test: Figures | None
    private_test_clean: Figures | None = Field(
        description="Without test pictures that are copies of training pictures."
    )
    reported_accuracy: float | None = Field(
        description="What its report printed, under the report's own protocol: not to be ranked with the above."
    )


class ModelList(_Schema):
    """Every variant, by id."""

    models: list[ModelSummary]


class ModelCard(_Schema):
    """A variant's model card."""

    id: str
    metadata: dict[str, Any] = Field(description="The card's front matter.")
    body: str = Field(description="The card's Markdown after the front matter.")


class Box(_Schema):
    """A square in pixels of the picture as it was read; it may reach beyond the picture's edges."""

    x: int
    y: int
    width: int
    height: int


class Worth(_Schema):
    """How often this model was right on test faces when it said this emotion about as surely."""

    right: int
    n: int
    lo: float = Field(description="95 % interval of the share, from.")
    hi: float = Field(description="95 % interval of the share, to.")
    confidence_from: float
    confidence_to: float
    sentence: str


class ModelAnswer(_Schema):
    """What one model says about one face."""

    model: str
    emotion: Emotion
    confidence: float = Field(description="The probability of that emotion.")
    probabilities: dict[Emotion, float] = Field(description="They sum to 1.")
    evidence: Worth | None


class Face(_Schema):
    """One face, counted from the left, and what every model says about it."""

    number: int
    box: Box
    score: float = Field(description="The detector's own certainty; higher is surer.")
    sure: bool = Field(
        description="False where it may be no face at all; such faces are answered on request."
    )
    answers: list[ModelAnswer]


class PictureAnswer(_Schema):
    """What was found in one picture; where it couldn't be answered, only ``problem`` says why."""

    number: int = Field(description="The picture's place in the request, from 1.")
    width: int | None = Field(description="Of the picture as it was read, upright; boxes are in its pixels.")
    height: int | None
    notes: list[str] = Field(description="What was done to the picture.")
    finding_ms: float | None = Field(description="Time spent on finding faces.")
    milliseconds: dict[str, float] = Field(description="Each model's time for all faces.")
    faces: list[Face]
    problem: Problem | None


class SkippedModel(_Schema):
    """A model that should be able to answer, but can't."""

    model: str
    detail: str


class Prediction(_Schema):
    """The answer to POST /predict."""

    pictures: list[PictureAnswer]
    models: list[str] = Field(description="The models that answered, in the requested order.")
    skipped: list[SkippedModel] = Field(description="Only where the request names no models.")
