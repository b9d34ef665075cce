"""Classifiers and their answers on test faces: read once, and again when their file has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fer_core.data.split import SplitName
from fer_core.errors import CardError, FerError, ModelError, UnknownVariantError
from fer_core.evaluation.evidence import Evidence, evidence
from fer_core.evaluation.predictions import Predictions, read_predictions
from fer_core.machine.stamped import ReadOnce
from fer_core.variants.classifier import Classifier, load_classifier
from fer_core.variants.registry import Variant, list_variants


@dataclass(frozen=True)
class RequestedModels:
    """The models of one request.

    Attributes:
        classifiers: by variant id, in the order of the request.
        tests: their answers on the clean test faces; None where they can't be read.
        skipped: why models that should be able to answer can't, by id; only where the request names none.
    """

    classifiers: dict[str, Classifier]
    tests: dict[str, Predictions | None]
    skipped: dict[str, str]

    def evidence(self, model: str, probs: np.ndarray) -> Evidence | None:
        """What ``probs`` (7,) of that model are worth; None where nothing can be known."""
        tests, top = self.tests[model], int(probs.argmax())
        return None if tests is None else evidence(tests, top, float(probs[top]))


class LoadedModels:
    """The models of one process. May be used by many threads at once."""

    def __init__(self) -> None:
        self._classifiers: ReadOnce[Classifier] = ReadOnce()
        self._tests: ReadOnce[Predictions] = ReadOnce()

    def requested(self, ids: list[str] | None = None) -> RequestedModels:
        """The models with those ids, without repetitions; all that can answer where ``ids`` is None.

        Raises UnknownVariantError, and ModelError for a named model that can't answer. Where none is named,
        one that can't answer is skipped; ModelError if there is no other.
        """
        variants: dict[str, Variant] = {}
        for variant in list_variants():
            variants.setdefault(variant.id, variant)
        if ids is None:
            return self._all_that_answer(variants)
        for name in ids:
            if name not in variants:
                raise UnknownVariantError(name, variants)
        named = [variants[name] for name in dict.fromkeys(ids)]
        return RequestedModels(
            {variant.id: self._classifier(variant) for variant in named}, self.tests(named), {}
        )

    def tests(self, variants: Iterable[Variant]) -> dict[str, Predictions | None]:
        """The answers of each on the clean test faces, by id; None where they can't be read."""
        return {variant.id: self._test_answers(variant) for variant in variants}

    def _all_that_answer(self, variants: dict[str, Variant]) -> RequestedModels:
        classifiers, skipped = {}, {}
        for variant in variants.values():
            if variant.can_predict:
                try:
                    classifiers[variant.id] = self._classifier(variant)
                except FerError as error:
                    skipped[variant.id] = str(error)
        if not classifiers:
            raise ModelError(" ".join(["No model can answer here; train one first.", *skipped.values()]))
        return RequestedModels(classifiers, self.tests(variants[name] for name in classifiers), skipped)

    def _classifier(self, variant: Variant) -> Classifier:
        path = variant.model_path
        if path is None or not variant.can_predict:
            return load_classifier(variant.id)  # raises the sentence for it
        return self._classifiers.get(path, lambda: load_classifier(variant.id))

    def _test_answers(self, variant: Variant) -> Predictions | None:
        path = variant.predictions_path
        try:
            return path and self._tests.get(
                path, lambda: read_predictions(path).of(SplitName.PRIVATE_TEST, clean=True)
            )
        except CardError:  # its answers are as good as ever; only what they are worth is not known
            return None
