"""Whatever changes something asks who wants it: no way from a page, the API or a command leads past the question."""

from dataclasses import replace

import pytest

from fer_core import paths
from tests.entries import read_places, read_sources, ways

#: What anybody may do, or only who sits at the machine, and why that changes nothing of what all share.
OPEN = {
    "fer_core.roles.permissions:for_trainers": "asks, and keeps the log",
    "fer_core.handout.task:write_handout": "a viewer's handout: a process that ends with its answer, and in time",
    "fer_core.explain.explainer:Explainer": "heat maps: one process for all, that ends by itself and keeps nothing",
    "fer_core.api.workers:Workers": "the API's threads: a bounded number, each ends with its answer",
    "fer_core.explain.frames:archive": "a zip in memory",
    "fer_core.machine.files:recover_folder": "completes what a trainer's killed process had all but completed",
    "fer_core.machine.tasks:run_task": "the watch over its own end of a task, which somebody began who may",
    "fer_core.faces.boxed_pictures:unpacked": "a picture decoded in a process that ends with it, within bounds",
    "fer_core.jobs.store:open_store": "an empty database where there is none; its changes are looked for by name",
    "fer_core.jobs.service:ensure_runner": "goes on with what was ordered; does nothing for who may not order",
    "fer_core.jobs.starting:continue_queue": "the server's own start goes on with what was ordered before it",
    "dashboard.live.video_job:VideoJob": "a viewer's video: a thread that ends with it, and keeps nothing",
    "dashboard.shell.link:offered": "the server's own start",
    "dashboard.shell.link:_opening_page": "the server's own start",
    "dashboard.shell.warming:lifespan": "the server's own start",
    "dashboard.shell.warming:fetch_detector": "the server's own start: one file, known by its hash",
}
OF_THE_OWNER = {
    "fer_core.cli.compare:handout": "writes the file that the command names",
    "fer_core.cli.train:_demand_writable": "makes the folder that the command names; the training in it is logged",
    "fer_core.cli.variants:predict": "a process that ends with its answer",
    "fer_core.training.counting:count_parameters": "a process that ends with its answer",
    "fer_core.cli.jobs:run": "is the runner",
}


@pytest.fixture(scope="module")
def sources():
    """Module name -> text, of all that ships."""
    return read_sources(paths.REPOSITORY, "fer_core", "dashboard", "pages", "app.py")


@pytest.fixture(scope="module")
def places(sources):
    return read_places(sources)


def is_web(name):
    return name.partition(":")[0].split(".")[0] in ("dashboard", "pages", "app") or name.startswith(
        "fer_core.api"
    )


def is_command(name):
    return name.startswith(("fer_core.cli.", "fer_core.__main__:"))


def found(places, starts, open_to_all):
    return {" > ".join(way) for way in ways(places, filter(starts, places), open_to_all)}


def test_from_pages_and_the_api_nothing_is_changed_without_asking_who_wants_it(places):
    assert found(places, is_web, OPEN) == set()


def test_on_the_command_line_nothing_is_changed_that_is_not_logged(places):
    assert found(places, is_command, OPEN | OF_THE_OWNER) == set()


@pytest.mark.parametrize("name", [*OPEN, *OF_THE_OWNER])
def test_what_is_left_out_exists_and_would_be_found(places, name):
    assert any(True for _ in ways(places, [name], ()))


MARK = '@for_trainers("wrote", "name")\n'
ADDED = "from fer_core import paths\n{mark}def keep(name, by):\n    _write(name)\n\ndef _write(name):\n    {act}\n"
FURTHER = (
    "from fer_core.extra import keep as keeping\nclass Form:\n    def show(self):\n        keeping('x')\n"
)
CALLS = {
    "by name": "from fer_core.extra import keep\nst.button('Keep', on_click=keep)\n",
    "by its module": "def show():\n    from fer_core import extra\n    ACTS = {'keep': extra.keep}\n",
    "by a form": "from dashboard import further\nfurther.Form().show()\n",
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "act", ["name.write_text('x')", "paths.home().mkdir()", "name.open('a')", "open(name, mode='w')",
            "name.rename(paths.home() / 'b')", "subprocess.Popen(name)", "shutil.rmtree(name)"],
)  # fmt: skip
def test_a_new_way_that_asks_nobody_is_found_and_one_that_asks_is_not(sources, places, call, act):
    def found_with(mark):
        more = {"pages.extra": CALLS[call], "dashboard.further": FURTHER if call == "by a form" else ""}
        more["fer_core.extra"] = ADDED.format(mark=mark, act=act)
        return found(places | read_places(more, beside=sources), is_web, OPEN)

    (way,) = found_with("")
    assert way.endswith("fer_core.extra:keep > fer_core.extra:_write")
    assert not found_with(MARK)


def test_each_mark_that_is_taken_away_is_missed(places):
    marked = [name for name, place in places.items() if place.guarded]
    assert len(marked) > 25
    unseen = set()
    for name in marked:
        unguarded = places | {name: replace(places[name], guarded=False)}
        led = found(unguarded, lambda start, name=name: start == name, OPEN | OF_THE_OWNER)
        unseen |= {name} if not led and not calls_marked(places, name) else set()
    assert unseen == {"fer_core.curation.measuring:cancel_measurement"}  # which sets an event


def calls_marked(places, name):
    """Whether its way to what acts leads by another mark, which would ask in its place."""
    return any(places[each].guarded for each in places[name].mentions if each in places)
