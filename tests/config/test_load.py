"""The configuration, read from files as users write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.config import Loaded, load
from tocsin.config.find import find
from tocsin.errors import UsageError

FULL = """
app = "shop.main:app"
setup = "shop.seed:reset"
paths = ["shop"]
fail-on = "medium"
disposable = ["shop_test"]
framework = "fastapi"
preemptions = 1
time-limit = 30
request-timeout = 2.5
workers = 2
only = ["POST /*"]
select = ["TOC2", "TOC301"]
exclude = ["**/generated/**"]
env = { SHOP_DATABASE_URL = "sqlite:///shop.db" }
[per-path."tests/**"]
ignore = ["TOC202"]
[params]
order_id = [1, 2]
[identities.alice]
basic = ["alice", "wonderland"]
role = "user"
[identities.admin]
bearer = "${SHOP_TOKEN}"
[[requests]]
name = "withdraw 80"
request = "POST /withdraw"
identity = "alice"
query = { n = 80 }
[[requests]]
name = "cancel"
request = "POST /orders/{order_id}/cancel"
params = { order_id = 1 }
json = { reason = ["late", "$${x}"] }
[[scenarios]]
name = "withdraw while cancelling"
race = ["withdraw 80", "POST /orders/{order_id}/cancel"]
observe = ["GET /balance"]
invariants = [
    "shop.invariants:solvent",
    "SELECT id FROM accounts WHERE balance < 0",
    { sql = "SELECT 1 FROM audit WHERE late", database = "audit" },
]
"""


REQUEST = '[[requests]]\nname = "pay"\nrequest = "POST /x"\n'
INVARIANTS = '[[scenarios]]\nname = "s"\nrace = ["pay"]\ninvariants = '


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str, folder: Path, environment: dict[str, str] | None = None) -> Loaded:
    (folder / "tocsin.toml").write_text(text)
    return load(start=folder, environment=environment or {})


def refusal(text: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        read(text, folder, environment)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_everything_can_be_said(tmp_path: Path) -> None:
    loaded = read(FULL, tmp_path, {"SHOP_TOKEN": "t0ken"})
    config = loaded.config
    assert config.app == "shop.main:app"
    assert config.time_limit == 30
    assert config.params == {"order_id": (1, 2)}
    assert config.requests[0].query == {"n": 80}
    assert config.requests[1].json == {"reason": ["late", "${x}"]}
    assert (config.requests[1].method, config.requests[1].path) == (
        "POST",
        "/orders/{order_id}/cancel",
    )
    assert config.scenarios[0].observe == ("GET /balance",)
    assert loaded.root == tmp_path
    alice, admin = loaded.identities
    assert alice.headers == (("authorization", "Basic YWxpY2U6d29uZGVybGFuZA=="),)
    assert admin.headers == (("authorization", "Bearer t0ken"),)
    assert (alice.username, admin.username) == ("alice", "admin")
    assert {secret.value for secret in loaded.secrets} == {
        "wonderland",
        "YWxpY2U6d29uZGVybGFuZA==",
        "t0ken",
    }
    assert "t0ken" not in repr(loaded.secrets)


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    config = load(start=tmp_path, environment={}).config
    assert (config.preemptions, config.request_timeout, config.fail_on) == (2, 10, "high")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prempetions = 1", "unknown key 'prempetions' at the top; did you mean 'preemptions'?"),
        ("zzz = 1", "unknown key 'zzz' at the top"),
        (
            '[identities.alice]\nbasik = ["a", "b"]',
            "unknown key 'basik' in identities.alice; did you mean 'basic'?",
        ),
        ('preemptions = "two"', "preemptions: must be a whole number, not text"),
        ("preemptions = -1", "preemptions: must be at least 0, not -1"),
        ("preemptions = true", "preemptions: must be a whole number, not true or false"),
        ("time-limit = 0", "time-limit: must be more than 0, not 0"),
        ('time-limit = "1m"', "time-limit: must be a number, not text"),
        ('paths = "shop"', "paths: must be a list, not text"),
        ("paths = [1]", "paths[0]: must be text, not a whole number"),
        ("params = { order_id = 1 }", "params.order_id: must be a list, not a whole number"),
        ("identities = 3", "identities: must be a table, not a whole number"),
        ('identities.a.basic = ["a"]', "identities.a.basic: must be a list of 2 values, not of 1"),
        (
            'fail-on = "hgih"',
            (
                "fail-on: must be one of critical, high, info, low, medium, never, not 'hgih'; "
                "did you mean 'high'?"
            ),
        ),
        ('app = "shop.main"', "app: 'shop.main' does not look like 'package.module:name'"),
        ('[[requests]]\nname = "x"', "requests[0]: 'request' is missing"),
        (
            '[[requests]]\nname = "x"\nrequest = "/x"',
            "requests[0].request: '/x' does not look like 'METHOD /path'",
        ),
        (
            (
                '[[requests]]\nname = "x"\nrequest = "POST /x"\nidentity = "alcie"\n'
                '[identities.alice]\nbearer = "t"'
            ),
            "requests[0] (x): unknown identity 'alcie'; did you mean 'alice'?",
        ),
        (
            (
                '[[requests]]\nname = "pay"\nrequest = "POST /x"\n'
                '[[scenarios]]\nname = "s"\nrace = ["pya"]'
            ),
            "scenarios[0] (s).race: unknown request 'pya'; did you mean 'pay'?",
        ),
        ('[[scenarios]]\nname = "s"\nrace = []', "scenarios[0].race: must not be empty"),
        (
            REQUEST + INVARIANTS + '["shop.solvent"]',
            (
                "scenarios[0] (s).invariants[0]: 'shop.solvent' is neither "
                "'package.module:function' nor a query"
            ),
        ),
        (
            REQUEST + INVARIANTS + '["a:b", "DELETE FROM shop"]',
            (
                "scenarios[0] (s).invariants[1]: 'DELETE FROM shop' is neither "
                "'package.module:function' nor a query"
            ),
        ),
        (
            REQUEST + INVARIANTS + '[{ sql = "SELECT 1", data = "x" }]',
            "unknown key 'data' in scenarios[0].invariants[0]; did you mean 'database'?",
        ),
        (
            REQUEST + INVARIANTS + "[1]",
            "scenarios[0].invariants[0]: must be text or a table, not a whole number",
        ),
        (
            '[[requests]]\nname = "x"\nrequest = "POST /x/{id}"\nparams = { di = 1 }',
            "requests[0] (x): the path /x/{id} has no {di}",
        ),
        (
            '[identities.a]\nbearer = "t"\n[identities.b]\nheaders={Authorization="Bearer t"}',
            "identities.a and identities.b have the same credentials: remove one of them",
        ),
        ("[identities.a]", "identities.a: has no credentials: "),
        ('identities.a.basic = ["b:c", "d"]', "identities.a: HTTP Basic cannot carry the user "),
        ('[identities.anonymous]\nbearer = "t"', "identities.anonymous: this name stands for"),
        (
            '[identities.a]\nbearer = "${NO_SUCH}"',
            "identities.a.bearer: the environment variable NO_SUCH is not set",
        ),
        ('paths = ["a", "${}"]', "paths[1]: '${}' names no environment variable"),
        ('paths = ["${A"]', "paths[0]: '${A' names no environment variable"),
        ("app = ", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, message: str, tmp_path: Path) -> None:
    said = refusal(text, tmp_path)
    assert said.startswith("tocsin.toml: ")
    assert message in said


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text('preemptions = 1\nfail-on = "low"\nworkers = 1')
    loaded = load(
        start=tmp_path,
        environment={"TOCSIN_FAIL_ON": "medium", "TOCSIN_WORKERS": "3", "TOCSIN_ONLY": "a, b"},
        overrides={"workers": 4},
    )
    config = loaded.config
    assert (config.preemptions, config.fail_on, config.workers) == (1, "medium", 4)
    assert config.only == ("a", "b")


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="TOCSIN_PREEMPTIONS: must be a whole number, not text"):
        load(start=tmp_path, environment={"TOCSIN_PREEMPTIONS": "two"})


def test_a_variable_that_is_nearly_a_setting_is_noted(tmp_path: Path) -> None:
    loaded = load(start=tmp_path, environment={"TOCSIN_FAILON": "low", "TOCSIN_QQQQQQQQQ": "1"})
    (note,) = loaded.notes
    assert "TOCSIN_FAILON" in note
    assert "TOCSIN_FAIL_ON" in note


def test_the_nearest_file_upwards_is_read_and_tocsin_toml_wins(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.tocsin]\npreemptions = 1")
    (tmp_path / "a" / "pyproject.toml").write_text('[project]\nname = "x"')
    assert load(start=inner, environment={}).config.preemptions == 1
    assert load(start=inner, environment={}).root == tmp_path
    (tmp_path / "tocsin.toml").write_text("preemptions = 0")
    assert load(start=inner, environment={}).config.preemptions == 0


def test_a_target_folder_is_looked_in_first(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("preemptions = 1")
    target = tmp_path / "service"
    target.mkdir()
    (target / "tocsin.toml").write_text("preemptions = 3")
    loaded = load(start=tmp_path, folders=(target,), environment={})
    assert loaded.config.preemptions == 3


def test_a_chosen_file_wins(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("preemptions = 1")
    chosen = tmp_path / "other.toml"
    chosen.write_text("preemptions = 3")
    assert load(start=tmp_path, chosen=chosen, environment={}).config.preemptions == 3
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load(start=tmp_path, chosen=tmp_path / "none.toml", environment={})
    empty = tmp_path / "pyproject.toml"
    empty.write_text("")
    with pytest.raises(UsageError, match=r"has no \[tool\.tocsin\]"):
        load(start=tmp_path, chosen=empty, environment={})


def test_a_folder_that_may_not_be_looked_into_has_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text('app = "shop.main:app"')
    found = find([tmp_path / ("x" * 300)])  # refused to everybody, root as well
    assert found is not None
    assert found.path == tmp_path / "tocsin.toml"
