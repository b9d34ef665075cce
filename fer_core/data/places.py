"""What a picture's place in a data set says: its split and its emotion; and everything that stands in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from fer_core.data.csv_rows import AS_TEST_SET
from fer_core.data.split import SPLITS, SplitName
from fer_core.emotions import EMOTIONS, SYNONYMS, emotion_named
from fer_core.errors import DataError, near_names
from fer_core.formats import listed

#: What folders of splits are called, in small letters and without what is no letter.
_SPLIT_FOLDERS = {
    **dict.fromkeys(("training", "train", "trainset", "trainingset"), SplitName.TRAINING),
    **dict.fromkeys(
        ("publictest", "validation", "valid", "val", "dev", "validationset"), SplitName.PUBLIC_TEST
    ),
    **dict.fromkeys(("privatetest", "test", "testing", "testset"), SplitName.PRIVATE_TEST),
}
_MOST_NAMED = 12


def split_named(word: str) -> str | None:
    """The split that a folder is called after, whatever its case; None for any other folder."""
    return _SPLIT_FOLDERS.get("".join(letter for letter in word.lower() if letter.isalpha()))


def split_of(path: PurePosixPath) -> str | None:
    """The split of a picture: its file name's beginning says it, else the innermost folder that is called after one.

    (The public folders have both test splits in one folder ``test``.)
    """
    prefix = path.name.partition("_")[0]
    if prefix in SPLITS:
        return prefix
    return next(filter(None, map(split_named, reversed(path.parts[:-2]))), None)


class Obstacles:
    """What keeps a data set from being imported, gathered over all of its files and raised as one sentence."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._folders: Counter[str] = Counter()
        self._without_split: list[str] = []
        self._sizes: list[str] = []
        self._unreadable: list[str] = []
        self._seen: set[str] = set()
        # Of folders that hold both test splits, distinguished by file names: those whose name says nothing.
        self._plain_tests: list[str] = []
        self._names_say = False

    def __bool__(self) -> bool:
        return bool(self._folders or self._without_split or self._sizes or self._unreadable)

    def place(self, path: PurePosixPath) -> tuple[str, int] | None:
        """Split and label of the picture at ``path``; None, and noted, where one is not known."""
        folder = path.parts[-2] if len(path.parts) > 1 else ""
        emotion, split = emotion_named(folder), split_of(path)
        if emotion is None:
            self._folders[folder] += 1
        else:
            self._seen.add(emotion)
        if split is None:
            self._without_split.append(str(path))
        elif path.name.startswith((f"{SplitName.PUBLIC_TEST}_", f"{SplitName.PRIVATE_TEST}_")):
            self._names_say = True
        elif split == SplitName.PRIVATE_TEST and SplitName.PRIVATE_TEST not in path.parts:
            self._plain_tests.append(str(path))
        return (split, EMOTIONS.index(emotion)) if emotion and split else None

    def add_size(self, path: PurePosixPath, size: tuple[int, int], wanted: int) -> None:
        """A picture of another size than FER2013's."""
        self._sizes.append(f"{path} measures {size[0]}x{size[1]} pixels, not {wanted}x{wanted}")

    def add_unreadable(self, path: PurePosixPath, why: str) -> None:
        """A picture that can't be decoded."""
        self._unreadable.append(f"{path} can't be read as a picture{why}")

    def refuse(self) -> None:
        """DataError that names all of them; nothing where there is none."""
        if self._names_say:
            self._without_split += self._plain_tests
        if not self:
            return
        problems = [*self._folder_problems(), *self._split_problems()]
        problems += [_first(found) for found in (self._sizes, self._unreadable) if found]
        missing = [emotion for emotion in EMOTIONS if emotion not in self._seen]
        if self._folders and self._seen and missing:
            problems.append(f"there are no pictures of {listed(missing)}")
        hint = f" {AS_TEST_SET}" if self._folders or self._without_split or self._sizes else ""
        raise DataError(f"{self._source}: {'; '.join(problems)}.{hint}")

    def _folder_problems(self) -> Iterable[str]:
        if not self._folders:
            return
        names = [folder_words(name) for name in sorted(self._folders)[:_MOST_NAMED]]
        more = len(self._folders) - len(names)
        names += [f"{more} more"] if more else []
        verb = "lies in the folder" if len(names) == 1 else "lie in the folders"
        count = sum(self._folders.values())
        what = "1 picture" if count == 1 else f"{count:,} pictures"
        yield f"{what} {verb} {listed(names)}: none of {', '.join(EMOTIONS)}, as they or their synonyms are spelt"

    def _split_problems(self) -> Iterable[str]:
        if not self._without_split:
            return
        count, first = len(self._without_split), self._without_split[0]
        which = first if count == 1 else f"{count:,} pictures such as {first}"
        yield (
            f"the split of {which} is unknown: put them into folders train, validation and test (or Training, "
            "PublicTest and PrivateTest), or begin file names with Training_, PublicTest_ or PrivateTest_"
        )


def folder_words(name: str) -> str:
    """A folder's name as sentences quote it, with the emotion that it may be misspelt for."""
    near = near_names(name.lower(), SYNONYMS, 1).strip(".; ").rstrip("?")
    return f"{name!r} ({near}?)" if near else repr(name) if name else "(none)"


def _first(found: list[str]) -> str:
    more = len(found) - 1
    return found[0] + (f", and so with {more:,} other{'s' * (more > 1)}" if more else "")
