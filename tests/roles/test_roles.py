"""Who may change things, and who may only look."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from fer_core import data, paths
from fer_core.__main__ import main
from fer_core.comparison import robustness
from fer_core.curation import (
    ensemble,
    ensemble_task,
    measuring,
    planning,
    recheck,
    shipping,
)
from fer_core.curation.answers_alone import register_answers
from fer_core.curation.editing import (
    annotate_variant,
    delete_variant,
    destroy_binned,
    promote_variant,
    rename_variant,
    restore_variant,
)
from fer_core.curation.peers import get_peer, start_adding
from fer_core.curation.registration import (
    ModelDescription,
    ModelFile,
    register_recipe,
    start_look,
    start_registration,
)
from fer_core.data.schematic import schematic_dataset
from fer_core.data.store import store_dataset
from fer_core.errors import CardError, ConfigurationError, NotAllowedError
from fer_core.jobs import service
from fer_core.jobs.job import Job
from fer_core.jobs.states import Action, State
from fer_core.jobs.store import open_store
from fer_core.recipes.recipe import parse_recipe
from fer_core.roles import audit_log
from fer_core.roles.permissions import TOKEN_HOLDER, Identity, demand_trainer, for_trainers, why_not
from fer_core.roles.tokens import (
    SHORTEST_TOKEN,
    TOKEN_VARIABLE,
    cookie,
    is_held,
    is_token,
    server_token,
)
from fer_core.training.pace_trial import start_trial
from fer_core.variants import latency
from fer_core.variants.registry import get_variant
from tests.fixtures_variants import make_variant, use_empty_folders

PAGE = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}
STRANGER = Identity()
ANN = Identity(email="ann@lab.org", sign_in=True)
RECIPE = parse_recipe({"id": "tiny.net", "framework": "torch", "architecture": {"name": "mobilenet_v1"}})


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A FER_HOME without variants."""
    use_empty_folders(monkeypatch, tmp_path)
    yield paths.home()
    open_store().close()


def entries():
    return [(entry.who, entry.act, entry.on, entry.outcome) for entry in audit_log.read_entries()]


def held():
    return dict([cookie()])


def test_who_has_the_cookie_of_the_token_holds_it():
    assert is_held(held(), PAGE)
    assert is_held(held(), {"host": "faceoff.example:80", "origin": "https://faceoff.example:80"})
    assert is_held(held(), {"Host": "localhost:8501"})  # no browser, and so nobody's page


@pytest.mark.parametrize("headers", [PAGE, {}, {"Host": "127.0.0.1:8501"}, {"Host": "localhost"}])
def test_no_header_stands_for_the_token(headers):
    assert not is_held({}, headers)
    assert not is_held(dict.fromkeys(held(), "wrong"), headers)
    assert not is_held(dict.fromkeys(held(), "wröng"), headers)
    assert not is_held({"faceoff": cookie()[1]}, headers)


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:8888", "http://evil.example", "null", "", "http://[", "//localhost:8501.evil"],
)
def test_the_cookie_counts_for_nothing_on_another_sites_page(origin):
    assert not is_held(held(), PAGE | {"Origin": origin})


def test_a_new_token_makes_the_cookie_of_the_old_one_worthless(monkeypatch):
    before = held()
    monkeypatch.setenv(TOKEN_VARIABLE, "another token, of the owner")
    assert is_token("another token, of the owner") and not is_token("another token") and not is_token("")
    assert not is_held(before, PAGE)
    assert is_held(held(), PAGE)
    assert server_token() not in str(held())


def test_a_token_that_could_be_guessed_is_refused(monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "x" * (SHORTEST_TOKEN - 1))
    with pytest.raises(ConfigurationError, match="could be guessed"):
        server_token()


def test_without_signing_in_only_who_holds_the_token_may_act():
    assert why_not(Identity(has_token=True)) == ""
    assert "the link that its server prints" in why_not(Identity())


def test_an_e_mail_counts_for_nothing_where_signing_in_is_not_configured(monkeypatch):
    monkeypatch.setenv("FER_TRAINERS", "ann@lab.org")
    assert why_not(Identity(email="ann@lab.org"))


@pytest.mark.parametrize(
    ("trainers", "email"),
    [
        ("ann@lab.org", "ann@lab.org"),
        ("bob@lab.org, Ann@Lab.org", "ANN@lab.ORG"),
        ("@lab.org", "ann@lab.org"),
        ("lab.org;uni.edu", "ann@uni.edu"),
    ],
)
def test_a_named_trainer_may_act_from_anywhere(monkeypatch, trainers, email):
    monkeypatch.setenv("FER_TRAINERS", trainers)
    assert why_not(Identity(email=email, sign_in=True)) == ""


@pytest.mark.parametrize(
    ("trainers", "identity", "reason"),
    [
        ("@lab.org", Identity(sign_in=True), "signed-in trainers"),
        ("@lab.org", Identity(sign_in=True, has_token=True), "signed-in trainers"),
        ("", Identity(email="ann@lab.org", sign_in=True), "Nobody is named"),
        (" , ", Identity(email="ann@lab.org", sign_in=True), "Nobody is named"),
        ("@lab.org", Identity(email="ann@lab.org.evil.example", sign_in=True), "not among those"),
        ("@lab.org", Identity(email="ann@notlab.org", sign_in=True), "not among those"),
        ("ann@lab.org", Identity(email="bob@lab.org", sign_in=True), "not among those"),
        ("@lab.org", Identity(email="ann@lab.org", email_verified=False, sign_in=True), "not been verified"),
    ],
)
def test_everybody_else_may_only_look_and_is_told_why(monkeypatch, trainers, identity, reason):
    monkeypatch.setenv("FER_TRAINERS", trainers)
    assert reason in why_not(identity)
    with pytest.raises(NotAllowedError, match=reason):
        demand_trainer(identity)


def test_who_runs_the_process_is_never_asked(monkeypatch):
    monkeypatch.setenv("FER_TRAINERS", "")
    demand_trainer(None)


def test_a_server_changes_nothing_for_nobody_in_particular():
    code = """
from fer_core.roles import permissions
permissions.demand_trainer(None)
permissions.serve_strangers()
permissions.demand_trainer(permissions.Identity(has_token=True))
permissions.demand_trainer(None)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.REPOSITORY, capture_output=True, text=True)
    assert "NotAllowedError: A server does this for nobody" in done.stderr.splitlines()[-1]
    assert done.stderr.count("line 6") == 1


STRANGERS_ACTS = {
    "submit": lambda: service.submit(RECIPE, by=STRANGER),
    "sweep": lambda: service.sweep([RECIPE], by=STRANGER),
    "cancel": lambda: service.cancel("a-job", by=STRANGER),
    "retry": lambda: service.retry("a-job", by=STRANGER),
    "resume": lambda: service.resume("a-job", by=STRANGER),
    "delete": lambda: service.delete("a-job", by=STRANGER),
    "start_trial": lambda: start_trial(RECIPE, by=STRANGER),
    "rename_variant": lambda: rename_variant("a.b", "a.c", by=STRANGER),
    "annotate_variant": lambda: annotate_variant("a.b", "mine", by=STRANGER),
    "delete_variant": lambda: delete_variant("a.b", by=STRANGER),
    "restore_variant": lambda: restore_variant("a.b", by=STRANGER),
    "destroy_binned": lambda: destroy_binned("a.b", by=STRANGER),
    "promote_variant": lambda: promote_variant("a.b", by=STRANGER),
    "register_recipe": lambda: register_recipe(b"", "mine.yaml", by=STRANGER),
    "start_registration": lambda: start_registration(
        ModelFile(b"", "mine.onnx"), ModelDescription("a.b"), by=STRANGER
    ),
    "register_answers": lambda: register_answers(b"", "a.csv", ModelDescription("a.b"), by=STRANGER),
    "start_adding": lambda: start_adding(get_peer("fer"), by=STRANGER),
    "start_look": lambda: start_look(ModelFile(b"", "mine.onnx"), by=STRANGER),
    "start_saving": lambda: ensemble_task.start_saving("a.b", [], "equal", "mean", 1, by=STRANGER),
    "save_ensemble": lambda: ensemble.save_ensemble("a.b", None, None, [], by=STRANGER),
    "start_measurement": lambda: measuring.start_measurement([], by=STRANGER),
    "measure_variants": lambda: robustness.measure_variants([], by=STRANGER),
    "measure_latency_ms": lambda: latency.measure_latency_ms(None, by=STRANGER),
    "import_dataset": lambda: data.import_dataset(paths.home(), by=STRANGER),
    "store_dataset": lambda: store_dataset(None, by=STRANGER),
    "plan_variant": lambda: planning.plan_variant(RECIPE, paths.local_cards(), by=STRANGER),
    "ship_variant": lambda: shipping.ship_variant(None, by=STRANGER),
    "rewrite_card": lambda: recheck.rewrite_card(None, by=STRANGER),
}


@pytest.mark.parametrize("act", STRANGERS_ACTS)
def test_the_core_itself_refuses_a_stranger_before_anything_else(act, home):
    before = sorted(home.rglob("*"))
    with pytest.raises(NotAllowedError):
        STRANGERS_ACTS[act]()
    assert sorted(home.rglob("*")) == before


def test_what_has_no_by_can_t_be_marked_as_for_trainers():
    with pytest.raises(TypeError, match="must take by"):
        for_trainers("changed it", "it")(lambda it: None)


def test_who_starts_a_job_may_cancel_it_when_they_may_train_no_more(home, monkeypatch):
    monkeypatch.setenv("FER_TRAINERS", "bob@lab.org")
    for name, submitter in (("a.own", ANN.email), ("a.other", "bob@lab.org")):
        job = Job(f"{name}-1", name, name, "", "torch", 5, submitted_at=1.0, submitted_by=submitter)
        assert open_store().add(job)
    own, other = service.get_job("a.own-1"), service.get_job("a.other-1")
    assert service.legal_actions(own, ANN) == (Action.CANCEL,)
    assert service.legal_actions(other, ANN) == service.legal_actions(own, STRANGER) == ()
    for who in (STRANGER, replace(ANN, email_verified=False), Identity(email=ANN.email)):
        with pytest.raises(NotAllowedError):
            service.cancel("a.own-1", by=who)
    with pytest.raises(NotAllowedError):
        service.cancel("a.other-1", by=ANN)
    assert service.cancel("a.own-1", by=ANN).state is State.CANCELLED
    assert entries()[-1] == (ANN.email, "cancelled a job", "a.own-1", "done")


def test_a_viewers_look_starts_no_runner(home):
    assert open_store().add(Job("a.own-1", "a.own", "a.own", "", "torch", 5, submitted_at=1.0))
    service.ensure_runner(STRANGER)
    assert not (home / "runner.lock").exists() and not (home / "runner.starting").exists()


def test_every_change_is_in_the_audit_log_once_with_who_and_when(home, capsys):
    make_variant(paths.local_cards(), "a.one", seed=1)
    by = Identity(has_token=True)
    annotate_variant("a.one", "mine", by)
    rename_variant("a.one", "a.two", by)
    with pytest.raises(CardError):
        rename_variant("a.two", "No Name", by)
    binned = delete_variant("a.two", by)
    restore_variant(binned.name, by)
    latency.measure_latency_ms(get_variant("a.two"), repeats=1)
    store_dataset(schematic_dataset(14, 7))
    logged = entries()
    assert logged[:2] == [
        (TOKEN_HOLDER, "changed a variant's note", "a.one", "done"),
        (TOKEN_HOLDER, "renamed a variant", "a.one", "done"),
    ]
    assert logged[2][:3] == (TOKEN_HOLDER, "renamed a variant", "a.two") and "no variant id" in logged[2][3]
    assert [act for _, act, _, _ in logged[3:]] == [
        "deleted a variant", "restored a variant", "measured the speed", "stored data",
    ]  # fmt: skip
    assert logged[-1][0].endswith("the command line")
    assert main(["audit", "--last", "2"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2 and "measured the speed  a.two" in printed[0] and "+00:00" in printed[0]


def test_the_audit_log_is_bounded_and_reads_past_what_is_damaged(home, monkeypatch):
    monkeypatch.setattr(audit_log, "LIMIT_BYTES", 2000)
    for number in range(60):
        audit_log.record("ann@lab.org", "did", str(number))
    with paths.audit_log().open("a") as log:
        log.write('cut off\n[]\n{"when": "now"}\n' + json.dumps({"more": 1}) + "\n")
    numbers = [int(entry.on) for entry in audit_log.read_entries()]
    assert numbers == list(range(numbers[0], 60)) and len(numbers) >= 15
    assert sum(file.stat().st_size for file in home.glob("audit*.jsonl")) < 5000


def test_a_log_that_can_t_be_written_holds_nothing_up(home, caplog):
    make_variant(paths.local_cards(), "a.one", seed=1)
    paths.audit_log().mkdir()
    assert annotate_variant("a.one", "mine").card.faceoff["note"] == "mine"
    assert "changed a variant's note" in caplog.text
