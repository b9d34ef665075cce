"""A model's answers on both test splits."""

from __future__ import annotations

import numpy as np

from fer_core.data.audit import leaked
from fer_core.data.split import FER2013, TEST_SPLITS, Dataset
from fer_core.evaluation.predictions import Predictions
from fer_core.variants.classifier import Classifier


def predict_splits(classifier: Classifier, dataset: Dataset) -> Predictions:
    """Answers of ``classifier`` for every picture of PublicTest and PrivateTest, leaks marked."""
    marks = leaked(dataset.splits)
    splits = {name: dataset.split(name) for name in TEST_SPLITS}
    return Predictions(
        split=np.concatenate([np.full(len(split), name) for name, split in splits.items()]),
        image=np.concatenate([split.names for split in splits.values()]),
        label=np.concatenate([split.labels for split in splits.values()]),
        leaked=np.concatenate([marks[name] for name in splits]),
        probs=np.concatenate([classifier.predict_proba(split.faces) for split in splits.values()]),
    )


def protocol_facts(protocol: str, dataset: Dataset, remark: str = "") -> str:
    """What a card says of the protocol it was measured under: the protocol's name first."""
    where = "" if dataset.name == FER2013 else "on other pictures"
    return ", ".join(filter(None, (protocol, remark, where)))
