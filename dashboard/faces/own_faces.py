"""The page Data's part on test sets: your own labelled faces, added, looked at and removed."""

from __future__ import annotations

import streamlit as st

from dashboard.reads import catalogue, test_sets
from dashboard.shell import identity, measured, tasks, ways
from dashboard.shell.messages import show_errors
from dashboard.shell.strips import Figure, draw_strip
from fer_core.data.import_task import LARGEST_ARCHIVE_BYTES
from fer_core.data.split import SplitName
from fer_core.emotions import EMOTIONS
from fer_core.formats import whole
from fer_core.roles.permissions import Identity, may_act
from fer_core.test_sets.adding import PART_CHOICES, ReadingOptions, described
from fer_core.test_sets.adding_task import SUFFIXES, start_adding
from fer_core.test_sets.crops import AUTO, CROPS
from fer_core.test_sets.store import DAMAGED, TestSet, damaged_sets, list_sets, remove_set

ADDING = "adding a test set"
SAMPLES = 6
_WHAT = (
    "How do all these models do on **your** faces? Bring them labelled: folders of emotions in a zip (with train and "
    "test above them or not; RAF-DB, CK+48, AffectNet and FER2013 as they are), or a csv of files and labels with the "
    "pictures. Pictures may be of any size and colour; the face in each is found and cut. They are kept beside "
    "FER2013, never in its place."
)
_PRIVATE = (
    "Faces are personal data: they stay on this server, in no report, and are deleted completely when they are "
    "removed. Whoever may look at Faceoff sees them on Mistakes."
)
_PICTURES = {"": "Your own", SplitName.PRIVATE_TEST: "FER2013's PrivateTest, labelled anew by a csv"}
_PARTS = {"auto": "The test part, if there is one", "all": "Everything"}


def show() -> None:
    """The sets that there are, and a form for another one."""
    st.subheader("Your own faces", anchor=False)
    by = identity.visitor()
    for name in damaged_sets():
        st.error(DAMAGED.format(name), icon=":material/error:")
    for test_set in list_sets():
        _show_set(test_set, by)
    with st.expander("Add labelled faces", icon=":material/add_photo_alternate:", expanded=_is_open()):
        _show_form(by)


def _is_open() -> bool:
    return tasks.is_in_view(ADDING) or not test_sets.names()


def _show_set(test_set: TestSet, by: Identity) -> None:
    answered = test_sets.measured(test_set, catalogue.trained_variants())
    models = f"{len(answered)} models have" if len(answered) != 1 else "1 model has"
    with st.container(border=True, key=f"set_{test_set.name}"):
        st.markdown(f"**{test_set.name}**: {whole(test_set.count)} faces; {models} answered.")
        with st.container(horizontal=True):
            on = {measured.ON: test_set.name}
            ways.to_page(ways.LEADERBOARD, "See how the models do", ":material/leaderboard:", on, main=True)
            _offer_removing(test_set, by)
        measured.offer_answers(test_set, catalogue.trained_variants())
        with st.expander("What is in it"), show_errors():
            st.markdown("\n".join(f"- {sentence}" for sentence in described(test_set)))
            for label, pictures in test_sets.samples(test_set, SAMPLES).items():
                words = EMOTIONS[label]
                draw_strip([Figure(pixels, words, f"labelled {words}") for pixels in pictures])


def _offer_removing(test_set: TestSet, by: Identity) -> None:
    with st.popover("Remove", icon=":material/delete:"):
        st.markdown("Its pictures, its labels and all answers to it are gone for good.")
        if identity.trainers_button(f"Remove {test_set.name} whole", by, key=f"remove {test_set.name}"):
            with show_errors():
                remove_set(test_set.name, by)
                st.rerun()


def _show_form(by: Identity) -> None:
    st.markdown(_WHAT)
    may = identity.show_role(by)
    st.caption(_PRIVATE)
    if tasks.is_out(ADDING):
        tasks.show(ADDING, "", lambda: None)
        return
    given = st.file_uploader(
        "An archive, or a csv of up to 2 MB", SUFFIXES, max_upload_size=LARGEST_ARCHIVE_BYTES // 1_000_000,
        key="set.file", disabled=not may,
    )  # fmt: skip
    name = st.text_input(
        "Name", key="set.name", placeholder="office", max_chars=40, disabled=not may,
        help="Small letters, digits, - and _: it stands in links.",
    )  # fmt: skip
    faces_of = st.segmented_control(
        "Pictures", list(_PICTURES), default="", key="set.pictures", format_func=_PICTURES.get, disabled=not may,
        help="A csv of labels, or of raters' votes as FER+ has them, can label the test faces of FER2013 anew.",
    ) or ""  # fmt: skip
    reading = _wishes(may)
    tasks.show(
        ADDING, "Add these faces",
        lambda: start_adding(given.getvalue(), given.name, name.strip(), reading, by, faces_of),
        type="primary", disabled=not (may_act(by) and given and name.strip()),
    )  # fmt: skip
    st.caption(
        "Larger ones, and folders on the server: `python -m fer_core test-set add PATH --name NAME`, on its machine."
    )


def _wishes(may: bool) -> ReadingOptions:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        crop = st.selectbox(
            "Faces", list(CROPS), key="set.crop", format_func=lambda each: CROPS[each].capitalize(), disabled=not may,
            width=260,
        )  # fmt: skip
        part = st.selectbox(
            "Part", PART_CHOICES, key="set.part", format_func=lambda each: _PARTS.get(each, each.capitalize()),
            disabled=not may, width=260,
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        merged = st.text_input(
            "Other classes", key="set.merged", placeholder="calm=neutral, contempt=disgust", disabled=not may,
            help="The seven emotions and their synonyms are known; say here what else should count as one of them. "
            "Classes that are none are left out, and counted.",
        )  # fmt: skip
        ignored = st.text_input(
            "Leave out",
            key="set.ignored",
            placeholder="disgust",
            disabled=not may,
            help="Classes to leave out.",
        )
    return ReadingOptions(_words(merged), _words(ignored), "", part or AUTO, crop or AUTO)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
