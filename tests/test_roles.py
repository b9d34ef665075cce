"""Who may change things, and who may only look."""

import pytest

from fer_core.errors import NotAllowedError
from fer_core.jobs import service
from fer_core.recipes import parse_recipe
from fer_core.registration import Brought, register_recipe, start_registration
from fer_core.registry_changes import (
    annotate_variant,
    delete_variant,
    destroy_binned,
    promote_variant,
    rename_variant,
    restore_variant,
)
from fer_core.roles import Identity, demand_trainer, is_local, why_not
from fer_core.training.pace_trial import start_trial
from tests.fixtures_variants import use_empty_folders

BROWSER = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}
STRANGER = Identity()
RECIPE = parse_recipe({"id": "tiny.net", "framework": "torch", "architecture": {"name": "mobilenet_v1"}})


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (None, BROWSER),
        ("127.0.0.1", BROWSER),
        ("::1", {"host": "[::1]:8501", "origin": "http://[::1]:8501"}),
        (None, {"Host": "127.0.0.1:8501"}),
    ],
)
def test_who_sits_at_the_machine_is_local(address, headers):
    assert is_local(address, headers)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.168.1.20", BROWSER),
        ("203.0.113.9", {"Host": "faceoff.example.org"}),
        (None, BROWSER | {"X-Forwarded-For": "203.0.113.9"}),
        (None, BROWSER | {"forwarded": "for=203.0.113.9"}),
        (None, BROWSER | {"Via": "1.1 proxy"}),
        (None, {"Host": "faceoff.example.org", "Origin": "https://faceoff.example.org"}),
        # a proxy that passes on neither the name nor the address, as nginx does unless told to
        (None, {"Host": "127.0.0.1:8501", "Origin": "https://faceoff.example.org"}),
        # another site's page whose name was made to point here
        (None, {"Host": "evil.example:8501", "Origin": "http://evil.example:8501"}),
        (None, {"Host": "localhost:8501", "Origin": "null"}),
        (None, {"Host": "localhost.evil.example"}),
        (None, {}),
    ],
)
def test_who_comes_from_elsewhere_or_through_a_proxy_is_not(address, headers):
    assert not is_local(address, headers)


def test_without_signing_in_only_who_is_local_may_act():
    assert why_not(Identity(local=True)) == ""
    assert "Only who opens Faceoff on its own machine" in why_not(Identity())


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
        ("@lab.org", Identity(sign_in=True), "Sign in"),
        ("@lab.org", Identity(sign_in=True, local=True), "Sign in"),
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


@pytest.mark.parametrize(
    "act",
    [
        lambda: service.submit(RECIPE, by=STRANGER),
        lambda: service.sweep([RECIPE], by=STRANGER),
        lambda: service.cancel("a-job", by=STRANGER),
        lambda: service.retry("a-job", by=STRANGER),
        lambda: service.resume("a-job", by=STRANGER),
        lambda: service.delete("a-job", by=STRANGER),
        lambda: start_trial(RECIPE, by=STRANGER),
        lambda: rename_variant("a.b", "a.c", by=STRANGER),
        lambda: annotate_variant("a.b", "mine", by=STRANGER),
        lambda: delete_variant("a.b", by=STRANGER),
        lambda: restore_variant("a.b", by=STRANGER),
        lambda: destroy_binned("a.b", by=STRANGER),
        lambda: promote_variant("a.b", by=STRANGER),
        lambda: register_recipe(b"", "mine.yaml", by=STRANGER),
        lambda: start_registration(b"", "mine.onnx", Brought("a.b"), by=STRANGER),
    ],
)
def test_the_core_itself_refuses_a_stranger_before_anything_else(act, monkeypatch, tmp_path):
    use_empty_folders(monkeypatch, tmp_path)
    with pytest.raises(NotAllowedError):
        act()
