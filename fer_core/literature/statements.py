"""What a report says of its own figures, held against these: totals, differences, logs, lists, conclusions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.literature.checks import Check
from fer_core.literature.distorted import ENTRIES
from fer_core.literature.lines import Line, list_lines, printed_history, reported_entries
from fer_core.literature.reported_values import SUPPORTS, is_number, plain, printed_value, rounding
from fer_core.literature.reports import list_reports
from fer_core.recipes.library import list_recipes
from fer_core.recipes.recipe import Recipe, read_recipe

_COUNT = re.compile(r"(\d+) of (\d+)")
#: A table's figure so many standard deviations from the epochs of a log is not of that training.
_REACH = 3
_SHARE = "share_"


def overall_against_parts(recipe: Recipe) -> Iterator[Check]:
    """Is an overall figure of distorted faces the mean of its five parts, which are equally large?"""
    for measure in ("accuracy", "loss"):
        printed = printed_value(recipe, f"{measure}_distorted")
        parts = [printed_value(recipe, f"{measure}_{name}") for name in ENTRIES.values()]
        if printed is None or None in parts:
            continue
        mean = float(np.mean(parts))
        slack = rounding(printed) + max(map(rounding, parts))
        yield Check(
            recipe.id,
            "overall against its parts",
            abs(mean - printed) <= slack,
            f"The overall {measure} of distorted faces that it prints is {printed:g}; its five equal parts "
            f"give {mean:.3f}.",
            f"({' + '.join(f'{part:g}' for part in parts)}) / {len(parts)} = {mean:.4f}",
        )


def count_against_share(recipe: Recipe) -> Iterator[Check]:
    """Is an accuracy the share that the counts beside it give?"""
    for entry in recipe.reported:
        counted = _COUNT.fullmatch(entry.get("note", ""))
        if counted and is_number(entry):
            right, n = map(int, counted.groups())
            yield Check(
                recipe.id,
                "count against share",
                abs(right / n - entry["value"]) <= rounding(entry["value"]),
                f"{right:,} of {n:,} faces are {100 * right / n:.2f} %; the {entry['metric']} that it prints is "
                f"{100 * entry['value']:g} %.",
                f"{right} / {n} = {right / n:.5f}",
            )


def log_against_table(recipe: Recipe) -> Iterator[Check]:
    """Can a table's validation accuracy be of the training whose epochs are printed?

    Within three standard deviations of these epochs. Training accuracy is not held against its log, which counts it
    while the network changes and units are dropped; but a sister whose table gives what this log shows is named.
    """
    log, printed = printed_history(recipe.id).dropna(), printed_value(recipe, "val_accuracy")
    tables = [entry for entry in reported_entries(recipe.id) if entry["metric"] == "val_accuracy"]
    if log.empty or printed is None or not tables:
        return
    values, trained = log["val_accuracy"], log["train_accuracy"]
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    holds = abs(printed - mean) <= _REACH * sd
    first, last = (int(log["epoch"].iloc[at]) for at in (0, -1))
    sentence = (
        f"Its table gives a validation accuracy of {printed:g}; epochs {first} to {last} of its log have "
        f"{values.min():g} to {values.max():g}."
    )
    sisters = () if holds else _sisters(recipe, trained.min(), trained.max())
    sentence += "".join(
        f" The log's training accuracy, {trained.min():g} to {trained.max():g}, is what the table gives for {name}."
        for name in sisters
    )
    yield Check(
        recipe.id, "log against table", holds, sentence,
        f"({printed:g} − {mean:.4f}) / {sd:.4f} = {(printed - mean) / sd:+.1f} "
        "standard deviations of these epochs",
    )  # fmt: skip


def differences(recipe: Recipe) -> Iterator[Check]:
    """Are differences that the text names those of the figures that it prints?"""
    for line in list_lines(recipe.family) if recipe.family in list_reports() else ():
        if line.variant == recipe.id and line.against and line.value is not None:
            yield _difference(recipe, line)


def of_report(family: str) -> Iterator[Check]:
    """Checks of what a report says of several variants or of the data set."""
    report = list_reports()[family]
    for line in list_lines(family):
        if line.metric.startswith(_SHARE) and line.value is not None:
            yield _share(line)
    for said in report.lists:
        yield _list(said)
    for said in report.faces:
        yield _faces(said)
    for said in report.conclusions:
        yield _conclusion(said)


def _sisters(recipe: Recipe, low: float, high: float) -> list[str]:
    """Variants of the same report whose table gives a training accuracy between these."""
    return [
        name
        for name in list_recipes()
        if name.startswith(f"{recipe.family}.") and name != recipe.id
        for entry in reported_entries(name)
        if entry["metric"] == "train_accuracy" and is_number(entry) and low <= entry["value"] <= high
    ]


def _difference(recipe: Recipe, line: Line) -> Check:
    pairs = [
        (first, second)
        for first in _values(recipe.id, line.metric)
        for second in _values(line.against, line.metric)
    ]
    slack = rounding(line.value) * (2 if line.note.startswith("about") else 1)
    off = [abs(first - second - line.value) for first, second in pairs]
    if line.note == "more than":
        off = [max(0.0, line.value - (first - second)) for first, second in pairs]
    first, second = pairs[int(np.argmin(off))]
    note = f" ({line.note})" if line.note else ""
    return Check(
        recipe.id,
        "difference in words",
        min(off) <= slack,
        f"Its text ({line.where}) says that its {_words(line.metric)} is {line.value:g} above that of "
        f"{line.against}{note}; the two figures that it prints differ by {first - second:.4f}.",
        f"{first:g} − {second:g} = {first - second:.4f}",
    )


def _share(line: Line) -> Check:
    emotions = line.metric.removeprefix(_SHARE).split("_")
    counts = dict(zip(EMOTIONS, SUPPORTS["all of FER2013"], strict=True))
    total, chosen = sum(counts.values()), [counts[emotion] for emotion in emotions]
    share = sum(chosen) / total
    slack = rounding(line.value) * (2 if line.note.startswith("about") else 1)
    note = f"{line.note} " if line.note else ""
    return Check(
        line.family,
        "share of the data set",
        abs(share - line.value) <= slack,
        f"Its text ({line.where}) gives {' and '.join(emotions)} {note}{100 * line.value:g} % of the data set; its own "
        f"split is of all {total:,} pictures, of which they are {100 * share:.1f} %.",
        f"{' + '.join(map(str, chosen))} = {sum(chosen)}; {sum(chosen)} / {total} = {share:.4f}",
    )


def _list(said: dict) -> Check:
    numbers, wanted = said["numbers"], said["count"]
    elsewhere = read_recipe(list_recipes()[said["variant"]]).architecture[said["settings"]]
    printed = ", ".join(map(str, numbers))
    return Check(
        said["variant"],
        "numbers for things",
        len(numbers) == wanted,
        f"Its text ({said['where']}) gives {len(numbers)} {said['says']} for {wanted} {said['things']}.",
        f"{printed}: {len(numbers)}, not {wanted}; elsewhere {', '.join(map(str, elsewhere))}",
    )


def _conclusion(said: dict) -> Check:
    names, metrics = (
        (said["better"], said["worse"]),
        (said["metric"], said.get("worse_metric", said["metric"])),
    )
    better, worse = (_values(*each)[0] for each in zip(names, metrics, strict=True))
    holds = better > worse
    figures = [
        f"{plain(value)} for the {_words(metric)} of {name}"
        for value, metric, name in zip((better, worse), metrics, names, strict=True)
    ]
    return Check(
        said["better"],
        "conclusion against figures",
        holds,
        f"Its text ({said['where']}) says that {said['says']}; it prints {' and '.join(figures)}.",
        f"{plain(better)} > {plain(worse)} {'is true' if holds else 'is false'}",
    )


def _faces(said: dict) -> Check:
    at = EMOTIONS.index(said["emotion"])
    count, largest = SUPPORTS["all of FER2013"][at], max(SUPPORTS["all of FER2013"])
    raw, enlarged, more_than = said["share"] * count, said["share"] * largest, said["more_than"]
    return Check(
        said["variant"],
        "faces of one emotion",
        more_than < raw,
        f"Its text ({said['where']}) shows more than {more_than} {said['emotion']} test faces; the part of all "
        f"pictures that it tests on has {raw:.0f} of them, and of its enlarged classes {enlarged:.0f}: changed copies "
        "of training faces are among its test faces.",
        f"{said['share']:g} × {count} = {raw:.0f} < {more_than} < {said['share']:g} × {largest} = {enlarged:.0f}",
    )


def _words(metric: str) -> str:
    """``"accuracy (occlusion)"``, ``"variance of precision (happy)"``."""
    metric, is_variance = metric.removesuffix("_var"), metric.endswith("_var")
    measure, _, of = metric.replace("f1", "F1").partition("_")
    words = f"{measure} ({of.replace('_', ' ')})" if of else measure
    return f"variance of {words}" if is_variance else words


def _values(variant_id: str, metric: str) -> list[float]:
    """What is printed of a variant under that name, in its table first."""
    family = variant_id.partition(".")[0]
    printed = [
        (entry["metric"], entry["value"]) for entry in reported_entries(variant_id) if is_number(entry)
    ]
    printed += [
        (line.metric, line.value)
        for line in list_lines(family)
        if line.variant == variant_id and line.value is not None and line.epoch is None and not line.against
    ]
    return [value for name, value in printed if name == metric]
