"""A 640 x 480 stream with one face through tracking and models: frames a second and milliseconds a frame.

    python -m benchmarks.live [--without-fer] [--accuracy [FACES]]

Prints what eight small variants cost together, how that grows from 1 to 16, and, on the same frames in the same
run, what the package ``fer`` costs with its own Haar detector and its one model. ``fer`` is installed into an
environment of its own under FER_HOME (with TensorFlow, 2 GB). With ``--accuracy``, and
imported data, also what following faces costs in accuracy beside searching every frame.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.fer_package import measure_fer
from benchmarks.following import print_accuracy
from benchmarks.streams import FaceStream
from fer_core.data import is_imported, load_dataset
from fer_core.data.schematic import draw_face
from fer_core.data.split import SplitName
from fer_core.faces.finders import (
    YUNET_VARIABLE,
    FaceFinder,
    HaarFinder,
    YuNetFinder,
)
from fer_core.live import LiveEngine, draw_frame
from fer_core.variants.classifier import Classifier, load_classifier
from fer_core.variants.latency import time_classifier
from fer_core.variants.registry import list_variants

FRAMES = 200
FRAMES_PER_S = 25
PASSES = 3
VARIANTS = 8
GROWTH = (1, 2, 4, 8, 16)


def one_face() -> tuple[np.ndarray, str]:
    """A happy face that the cascade finds, and where it is from."""
    if is_imported():
        split = load_dataset().split(SplitName.PRIVATE_TEST)
        for face in split.faces[split.labels == 3][:50]:
            if HaarFinder().find(FaceStream([face], still=True).frame(0)):
                return face, "a real face"
    return draw_face("happy", np.random.default_rng(0), size=144), "a drawn face"


def small_models(count: int) -> tuple[dict[str, Classifier], list[str]]:
    """The ``count`` quickest shipped variants and their ids; loaded again, as others, where they are fewer."""
    loaded = {one.id: load_classifier(one.id) for one in list_variants() if one.can_predict}
    if not loaded:
        raise SystemExit("No variant can answer; train one first.")
    ids = sorted(loaded, key=lambda name: time_classifier(loaded[name], repeats=15))
    models: dict[str, Classifier] = {}
    for index in range(count):
        name, turn = ids[index % len(ids)], index // len(ids)
        models[name if not turn else f"{name} #{turn + 1}"] = (
            loaded[name] if not turn else load_classifier(name)
        )
    return models, ids[:count]


def timed(call: Callable[[np.ndarray], object], frames: Sequence[np.ndarray]) -> np.ndarray:
    """Milliseconds of ``call`` on each frame, after a warm-up on the first five."""
    for frame in frames[:5]:
        call(frame)
    took = []
    for frame in frames:
        began = time.perf_counter()
        call(frame)
        took.append((time.perf_counter() - began) * 1000)
    return np.array(took)


def line(what: str, took_ms: np.ndarray, more: str = "") -> str:
    """One row of figures."""
    p50, p95 = np.percentile(took_ms, [50, 95])
    return f"  {what:38} {1000 / took_ms.mean():7.1f} frames/s   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms{more}"


def run_engine(
    models: dict[str, Classifier], finder: FaceFinder, frames: Sequence[np.ndarray]
) -> tuple[np.ndarray, float, float]:
    """Milliseconds a frame with drawing, the share spent on finding, and the part of frames with a face; of
    PASSES over the frames the one of middle speed."""
    passes = []
    for _ in range(PASSES):
        engine, clock, seen = LiveEngine(models, finder), itertools.count(), []

        def call(rgb: np.ndarray, engine=engine, clock=clock, seen=seen) -> None:
            frame = engine.process(rgb, next(clock) / FRAMES_PER_S)
            draw_frame(rgb, frame)
            seen.append(frame)

        took_ms = timed(call, frames)
        share = sum(frame.finding_ms for frame in seen[-len(frames) :]) / took_ms.sum()
        passes.append((took_ms, float(share), float(np.mean([len(frame.faces) > 0 for frame in seen]))))
    return sorted(passes, key=lambda one: one[0].mean())[PASSES // 2]


def fer_line(frames: Sequence[np.ndarray], ours_ms: np.ndarray) -> str:
    """The row of the package fer, or why there is none."""
    measured = measure_fer(frames)
    if isinstance(measured, str):
        return f"  {measured}"
    took_ms, seen = measured
    times = took_ms.mean() / ours_ms.mean()
    return line("fer", took_ms, f"   {times:.1f} x our {VARIANTS} models, face in {seen:.0%} of frames")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without-fer", action="store_true", help="leave the package fer out")
    parser.add_argument("--accuracy", type=int, nargs="?", const=300, metavar="FACES")
    options = parser.parse_args()
    face, source = one_face()
    frames = [FaceStream([face]).frame(index / FRAMES_PER_S) for index in range(FRAMES)]
    models, ids = small_models(max(GROWTH))
    eight = dict(itertools.islice(models.items(), VARIANTS))
    twice = f"; {VARIANTS - len(ids)} loaded twice" if len(ids) < VARIANTS else ""
    print(
        f"{FRAMES} frames of 640 x 480 with {source}, {os.cpu_count()} cores; models: {', '.join(ids)}{twice}"
    )

    ours, share, seen = run_engine(eight, HaarFinder(), frames)
    print(f"\nTracking with the Haar cascade, {VARIANTS} models, boxes drawn")
    print(line(f"{VARIANTS} models", ours, f"   finding {share:.0%}, face in {seen:.0%} of frames"))
    if os.environ.get(YUNET_VARIABLE):
        took_ms, share, seen = run_engine(eight, YuNetFinder(Path(os.environ[YUNET_VARIABLE])), frames)
        print(line("the same with YuNet", took_ms, f"   finding {share:.0%}, face in {seen:.0%} of frames"))

    print("\nGrowth with the number of models")
    for count in GROWTH:
        took_ms, share, _ = run_engine(dict(itertools.islice(models.items(), count)), HaarFinder(), frames)
        print(line(f"{count} model{'s' if count > 1 else ''}", took_ms, f"   finding {share:.0%}"))

    if not options.without_fer:
        print("\nThe package fer, Haar detector, its one model, same frames")
        print(fer_line(frames, ours))
    if options.accuracy:
        print_accuracy(options.accuracy)


if __name__ == "__main__":
    main()
