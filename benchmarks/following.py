"""What following faces costs in accuracy, beside searching every frame as pictures are searched."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.streams import FaceStream
from fer_core.data import is_imported, load_dataset
from fer_core.data.split import SplitName
from fer_core.faces.finders import HaarFinder
from fer_core.live import FaceTracker
from fer_core.variants.classifier import load_classifier
from fer_core.variants.registry import list_variants

FRAMES_PER_S = 25
FRAMES = 24
COMPARED = (11, 23)  # frames in which the crops are compared


@dataclass
class Crops:
    """The same faces, seen in three ways."""

    original: list[np.ndarray] = field(default_factory=list)
    searched: list[np.ndarray] = field(default_factory=list)
    followed: list[np.ndarray] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    missed_by: dict[str, int] = field(default_factory=lambda: {"search": 0, "tracker": 0})


def print_accuracy(count: int) -> None:
    """Accuracy of each variant on ``count`` moving real faces: as they are, searched for, and followed."""
    if not is_imported():
        print("\nThe cost of following in accuracy needs FER2013: import it first.")
        return
    crops = collect(count)
    labels = np.array(crops.labels)
    print(f"\nAccuracy on {len(labels)} crops of {count} moving PrivateTest faces, enlarged on a background")
    print(
        f"  missed by a search of that frame {crops.missed_by['search']}, by the tracker {crops.missed_by['tracker']}"
    )
    print(f"  {'':38} {'original':>9} {'searched':>9} {'followed':>9}   followed - searched, 95 %")
    for variant in list_variants():
        if not variant.can_predict:
            continue
        model = load_classifier(variant.id)
        right = [
            model.predict_proba(np.stack(faces)).argmax(axis=1) == labels
            for faces in (crops.original, crops.searched, crops.followed)
        ]
        gain = right[2].astype(float) - right[1]
        error = 1.96 * gain.std() / len(gain) ** 0.5
        shares = " ".join(f"{100 * one.mean():8.1f}%" for one in right)
        print(f"  {variant.id:38} {shares}   {100 * gain.mean():+.1f} ± {100 * error:.1f} points")


def collect(count: int) -> Crops:
    """Let ``count`` faces move for a second each, and cut them in the COMPARED frames."""
    split = load_dataset().split(SplitName.PRIVATE_TEST)
    crops, finder = Crops(), HaarFinder()
    for row in np.random.default_rng(0).choice(len(split), count, replace=False):
        stream, tracker = FaceStream([split.faces[row]], seed=int(row)), FaceTracker(HaarFinder())
        for index in range(FRAMES):
            rgb = stream.frame(index / FRAMES_PER_S)
            followed = _nearest(tracker.update(rgb), stream.squares(index / FRAMES_PER_S)[0])
            if index not in COMPARED:
                continue
            searched = _nearest(finder.find(rgb), stream.squares(index / FRAMES_PER_S)[0])
            crops.missed_by["search"] += searched is None
            crops.missed_by["tracker"] += followed is None
            if searched is not None and followed is not None:
                crops.original.append(split.faces[row])
                crops.searched.append(searched)
                crops.followed.append(followed)
                crops.labels.append(int(split.labels[row]))
    return crops


def _nearest(faces: list, truth: tuple[float, float, float]) -> np.ndarray | None:
    """The crop of the face whose middle lies within a third of the true one's side; None if there is none."""
    x, y, side = truth
    for face in faces:
        left, top, width, height = face.box
        offset = max(abs(left + width / 2 - x - side / 2), abs(top + height / 2 - y - side / 2))
        if offset < side / 3:
            return face.crop
    return None
