"""One chart of each kind, of a few made-up models."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from fer_core import charts
from fer_core.emotions import EMOTIONS
from fer_core.literature.references import references_frame

IDS = ["family.one", "family.two", "other.three"]
STYLES = charts.model_styles(IDS)


def scores() -> pd.DataFrame:
    """Three models: the second costs more than the first and is worse."""
    accuracy = np.array([0.6, 0.55, 0.7])
    return pd.DataFrame(
        {
            "id": IDS,
            "accuracy": accuracy,
            "lo": accuracy - 0.02,
            "hi": accuracy + 0.015,
            "clean_accuracy": accuracy - 0.01,
            "latency_ms": [0.5, 0.7, 2.0],
            "size_mb": [1.0, 8.0, 5.0],
            "parameters": [1e5, 8e6, 3e6],
        }
    )


def by_emotion(column: str, values: np.ndarray) -> pd.DataFrame:
    """``values`` (models, 7) as a long frame."""
    return pd.DataFrame(
        {
            "variant": np.repeat(IDS[: len(values)], len(EMOTIONS)),
            "emotion": np.tile(EMOTIONS, len(values)),
            column: values.ravel(),
        }
    )


def curves(x: str, y: str) -> pd.DataFrame:
    steps = np.linspace(0, 1, 9)
    return pd.concat([pd.DataFrame({"variant": name, x: steps, y: steps**0.5, "auc": 0.8}) for name in IDS])


def bins() -> pd.DataFrame:
    return pd.DataFrame(
        {"confidence": [0.3, 0.9], "accuracy": [0.2, 0.8], "lo": [0.1, 0.7], "hi": [0.3, 0.9], "n": [5, 50]}
    )


def histories() -> pd.DataFrame:
    epochs = range(1, 4)
    columns = {"train_loss": 1.2, "train_accuracy": 0.5, "val_loss": 1.3, "val_accuracy": 0.45}
    return pd.concat([pd.DataFrame({"variant": name, "epoch": epochs, **columns}) for name in IDS])


def pairs(count: int = 3) -> pd.DataFrame:
    """All pairs of models m1, m2, …, a point apart each; only those three points apart or more really differ."""
    rows = [
        {"first": f"m.m{first}", "second": f"m.m{second}", "difference": (second - first) / 100}
        for first, second in itertools.combinations(range(1, count + 1), 2)
    ]
    frame = pd.DataFrame(rows)
    frame["lo"], frame["hi"] = frame["difference"] - 0.02, frame["difference"] + 0.02
    frame["p_holm"] = np.where(frame["difference"] >= 0.03, 0.001, 0.7)
    return frame.assign(real=frame["p_holm"] < 0.05)


def counted() -> pd.DataFrame:
    """Two sets of ten and a thousand pictures an emotion; but forty, of the second, are happy."""
    count = np.repeat([10, 1000], len(EMOTIONS))
    count[len(EMOTIONS) + EMOTIONS.index("happy")] = 40
    series = np.repeat(["few", "many"], len(EMOTIONS))
    return pd.DataFrame({"series": series, "emotion": np.tile(EMOTIONS, 2), "count": count})


def pair_chart(count: int):
    ids = [f"m.m{number}" for number in range(1, count + 1)]
    return charts.pair_chart(pairs(count), ids, charts.model_styles(ids), "Pairs")


PROBS = by_emotion("prob", np.array([[0.9, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01], [0.1, 0, 0, 0.6, 0.3, 0, 0]]))
MATRIX = np.full((7, 7), 0.05) + np.eye(7) * 0.65

EVERY_CHART = {
    "interval": lambda: charts.interval_chart(scores(), STYLES, IDS[0]),
    "latency": lambda: charts.tradeoff_chart(scores(), "latency_ms", pd.Series([True, False, True]), STYLES),
    "size": lambda: charts.tradeoff_chart(scores(), "size_mb", pd.Series([True, False, True]), STYLES),
    "parameters": lambda: charts.tradeoff_chart(scores(), "parameters", pd.Series([True] * 3), STYLES),
    "heat": lambda: charts.heat_table(by_emotion("f1", np.full((3, 7), 0.5)), "f1", "F1, of 100", STYLES),
    "probabilities": lambda: charts.probability_table(PROBS, "Face 1", STYLES),
    "rows": lambda: charts.confusion_chart(MATRIX, "row", "a model"),
    "counts": lambda: charts.confusion_chart((MATRIX * 100).astype(int), "count", "a model"),
    "picker": lambda: charts.confusion_picker((MATRIX * 100).astype(int), "a model", ("sad", "fear")),
    "counts by split": lambda: charts.count_chart(counted(), "Counts", shares=True),
    "counts before and after": lambda: charts.count_chart(counted(), "Counts"),
    "pair picker": lambda: charts.pair_picker(
        np.arange(9).reshape(3, 3), IDS, STYLES, "Pairs", ["Faces"], (IDS[1], IDS[2])
    ),
    "difference": lambda: charts.confusion_difference_chart(MATRIX - 0.1, "row", "a model"),
    "roc": lambda: charts.roc_chart(curves("fpr", "tpr"), STYLES, "ROC"),
    "precision-recall": lambda: charts.precision_recall_chart(curves("recall", "precision"), STYLES, "PR"),
    "reliability": lambda: charts.reliability_chart(bins(), STYLES[IDS[0]], IDS[0]),
    "pairs": lambda: pair_chart(5),
    "many pairs": lambda: pair_chart(30),
    "weights": lambda: charts.weight_chart({IDS[0]: 0.25, IDS[1]: 0.75}, STYLES, "Weights"),
    "accuracy history": lambda: charts.learning_chart(histories(), "accuracy", STYLES),
    "printed epochs": lambda: charts.learning_chart(histories(), "loss", STYLES, histories()),
    "people and best known": lambda: charts.interval_chart(scores(), STYLES, None, references_frame()),
    "reproduced": lambda: charts.reproduced_chart(
        scores().assign(reported=[0.7, float("nan"), 0.5]), "Reported and reproduced"
    ),
    "severity": lambda: charts.severity_chart(
        pd.DataFrame(
            {
                "variant": np.repeat(IDS, 6),
                "severity": list(range(6)) * len(IDS),
                "level": ["untouched", "1", "2", "3", "4", "5"] * len(IDS),
                "accuracy": 0.5,
            }
        ),
        "Blur: accuracy by severity",
        "pixels",
        STYLES,
    ),
    "severity with intervals": lambda: charts.severity_chart(
        pd.DataFrame(
            {
                "variant": IDS[0],
                "severity": [0, 1],
                "level": ["untouched", "1"],
                "accuracy": 0.5,
                "lo": 0.4,
                "hi": 0.6,
            }
        ),
        "Blur: accuracy by severity",
        "pixels",
        STYLES,
    ),
    "claim": lambda: charts.claim_chart(
        pd.DataFrame(
            {
                "label": ["one over two", "one over three"],
                "advantage": [1.0, -2.0],
                "lo": [-0.5, -3.0],
                "hi": [2.5, -1.0],
                "text": ["+1.0", "−2.0"],
                "verdict": ["undecided", "does not hold"],
                "unit": "faces of 100",
            }
        ),
        "How far ahead",
    ),
    "timeline": lambda: charts.timeline_chart(
        charts.timeline_strips(PROBS.assign(time_s=1.0), 0.5),
        IDS[:2],
        STYLES,
        "Timeline",
        (0.0, 9.0),
        "Seconds",
    ),
    "loss history": lambda: charts.learning_chart(histories(), "loss", STYLES),
}


def rows_of(spec: dict) -> list[dict]:
    """All data rows in a chart."""
    return [row for rows in spec["datasets"].values() for row in rows]
