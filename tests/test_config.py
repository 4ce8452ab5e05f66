"""Settings: what is refused, in which words, and what comes back from a file."""

import dataclasses
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kerasrnn.config import (
    OPTIMIZERS,
    PRECISIONS,
    SCHEDULES,
    Config,
    RecurrentSettings,
    flag,
    read_yaml,
    redefine,
    setting,
    to_yaml,
)
from kerasrnn.errors import BadInput
from kerasrnn.files import write_text
from kerasrnn.registry import TASKS

FIELDS = {field.name: field for field in dataclasses.fields(Config)}
TYPES = {name: type(field.default) for name, field in FIELDS.items()}
LOWS = [(n, f.metadata["low"]) for n, f in FIELDS.items() if f.metadata["low"] is not None]
HIGHS = [(n, f.metadata["high"]) for n, f in FIELDS.items() if f.metadata["high"] is not None]


NEEDED = {  # for them to act
    "dropout": {"layers": 2},
    "momentum": {"optimizer": "sgd"},
    "peer_timeout": {"strategy": "multi_worker"},
}


def step(name, far):
    """A value just beyond a limit."""
    return 1 if TYPES[name] is int else max(abs(far), 1e-12) / 2


@pytest.mark.parametrize(("name", "low"), LOWS)
def test_the_smallest_value_is_allowed_and_less_is_refused(name, low):
    assert getattr(Config(**{name: TYPES[name](low)}, **NEEDED.get(name, {})), name) == low
    with pytest.raises(BadInput, match=rf"^{flag(name)} .* too small; the smallest allowed is"):
        Config(**{name: TYPES[name](low) - step(name, low)})


@pytest.mark.parametrize(("name", "high"), HIGHS)
def test_the_largest_value_is_allowed_and_more_is_refused(name, high):
    assert getattr(Config(**{name: TYPES[name](high)}, **NEEDED.get(name, {})), name) == high
    with pytest.raises(BadInput, match=rf"^{flag(name)} .* too large; the largest allowed is"):
        Config(**{name: TYPES[name](high) + step(name, high)})


@pytest.mark.parametrize("name", [name for name, kind in TYPES.items() if kind is float])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_number_is_infinite_or_none_at_all(name, value):
    with pytest.raises(BadInput, match=rf"^{flag(name)} "):
        Config(**{name: value})


WRONG = {
    int: (["1", 1.5, 1.0, True, None, [1]], "a whole number"),
    float: (["0.1x", "", True, None], "a number"),
    str: ([1, None, True, ["a"]], "text"),
    bool: (["yes", 1, 0, None], "true or false"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_of_another_kind_is_refused(name):
    values, what = WRONG[TYPES[name]]
    for value in values:
        with pytest.raises(BadInput) as caught:
            Config(**{name: value})
        assert str(caught.value) == f"{flag(name)} takes {what}, not {value!r}"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"dropout": 0.2}, "--dropout 0.2 acts between .* --layers 2, or take --output-dropout"),
        ({"momentum": 0.5}, "--momentum 0.5 is for --optimizer sgd; adam has its own"),
    ],
)
def test_settings_that_would_not_act_are_refused(settings, says):
    with pytest.raises(BadInput, match=says):
        Config(**settings)
    [name] = settings
    assert getattr(Config(**settings, **NEEDED[name]), name) == settings[name]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"optimizer": "sgd"}, "--lazy-rows is for --optimizer adam and adamw, not sgd"),
        ({"jit_compile": True}, "for which XLA .* compiles nothing"),
        ({"strategy": "tpu"}, "for which XLA .* compiles nothing"),
    ],
)
def test_lazy_rows_are_refused_where_they_cannot_be(settings, says):
    with pytest.raises(BadInput, match=says):
        Config(lazy_rows=True, **settings)
    assert Config(lazy_rows=True, optimizer="adamw").lazy_rows


def test_a_whole_number_is_a_number():
    assert Config(dropout=0).dropout == 0.0
    assert isinstance(Config(learning_rate=1).learning_rate, float)


@pytest.mark.parametrize(
    ("name", "choices"),
    [("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS)],
)
def test_a_choice_is_one_of_those_listed(name, choices):
    for choice in choices:
        assert getattr(Config(**{name: choice}), name) == choice
    with pytest.raises(BadInput, match=f"unknown {flag(name)} 'x'; choose from {choices[0]}, "):
        Config(**{name: "x"})


def test_a_cell_is_checked_and_kept_in_its_own_spelling():
    assert Config(cell="Simple-RNN").cell == "simple_rnn"
    with pytest.raises(BadInput, match="unknown cell 'lsmt'; choose from gru, "):
        Config(cell="lsmt")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"data": "a.csv", "dataset": "imdb"}, "--data and --dataset both name the training data"),
        ({"valid_data": "a.csv"}, "--valid-data needs --data"),
        ({"test_data": "a.csv"}, "--test-data needs --data"),
        ({"test_data": "a.csv", "dataset": "imdb"}, "--test-data needs --data"),
        ({"schedule": "plateau", "warmup": 0.1}, "--warmup goes with --schedule constant or cos"),
        ({"jit_compile": True, "deterministic": True}, "exclude one another"),
    ],
)
def test_settings_that_exclude_one_another_are_refused(settings, message):
    with pytest.raises(BadInput, match=message):
        Config(**settings)


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().units = 3


@pytest.mark.parametrize(
    ("settings", "source"),
    [({}, "the embedded sample"), ({"data": "a.csv"}, "a.csv"), ({"dataset": "imdb"}, "imdb")],
)
def test_the_source_has_a_name(settings, source):
    assert Config(**settings).source == source


@dataclass(frozen=True, kw_only=True)
class Other(Config):
    units: int = redefine(RecurrentSettings, "units", 7)
    extra: str = setting("", "Something else.")


def test_another_default_keeps_the_help_and_the_limits():
    assert (Other().units, Config().units) == (7, 64)
    [field] = [field for field in dataclasses.fields(Other) if field.name == "units"]
    assert field.metadata == FIELDS["units"].metadata
    with pytest.raises(BadInput, match=r"--units 0 is too small; the smallest allowed is 1"):
        Other(units=0)


@pytest.mark.parametrize("task", TASKS.names())
def test_every_task_is_described_and_its_defaults_are_allowed(task):
    config_type = TASKS.load(task).config_type
    assert isinstance(config_type(), Config)
    for field in dataclasses.fields(config_type):
        assert field.metadata["help"].endswith((".", "…"))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("config") / "config.yaml"


@given(
    # PyYAML writes U+0085 so that it reads it back as a blank
    dataset=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x85")),
    learning_rate=st.floats(1e-12, 100),
    seed=st.integers(0, 2**31 - 1),
    residual=st.booleans(),
)
@example(dataset="no", learning_rate=1e-5, seed=0, residual=True)
@example(dataset="2020-01-01\r\n\u2028: #", learning_rate=1.0, seed=7, residual=False)
def test_settings_come_back_from_their_file(path, dataset, learning_rate, seed, residual):
    config = Config(dataset=dataset, learning_rate=learning_rate, seed=seed, residual=residual)
    write_text(path, to_yaml("sentiment", config))
    settings = read_yaml(path)
    assert settings.pop("task") == "sentiment"
    assert Config(**settings) == config


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a.csv", "{}/a.csv"),
        ("./b/../a.csv", "{}/a.csv"),
        ("/a.csv", "/a.csv"),
        ("a.txt, b.txt", "{0}/a.txt,{0}/b.txt"),
        ("of, course.csv", "{}/of, course.csv"),
        ("", ""),
    ],
)
def test_paths_are_kept_in_full(tmp_path, monkeypatch, typed, kept):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "of, course.csv").touch()
    config = TASKS.load("sentiment").config_type(data=typed, vectors=typed)
    (tmp_path / "config.yaml").write_text(to_yaml("sentiment", config))
    settings = read_yaml("config.yaml")
    assert settings["data"] == settings["vectors"] == kept.format(tmp_path)
    assert (settings["dataset"], settings["text_column"]) == ("", "")


def test_paths_that_commas_tell_apart_stay_so(tmp_path, monkeypatch):
    (tmp_path / "a,b").mkdir()
    monkeypatch.chdir(tmp_path / "a,b")
    assert "data: a.txt,b.txt\n" in to_yaml("sentiment", Config(data="a.txt,b.txt"))
    assert f"data: {tmp_path}/a,b/a.txt\n" in to_yaml("sentiment", Config(data="a.txt"))


def test_names_may_be_written_as_flags(path):
    path.write_text("\ufefftask: sentiment\nlearning-rate: 0.01\n", encoding="utf-8")
    assert read_yaml(path) == {"task": "sentiment", "learning_rate": 0.01}


@pytest.mark.parametrize("value", ["1e-3", "1E-3", "0.001", "1.0e-3"])
def test_a_number_in_a_file_may_be_written_as_anywhere_else(path, value):
    path.write_text(f"learning_rate: {value}\n")
    assert Config(**read_yaml(path)).learning_rate == 0.001


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\nb: [1\n", r"config\.yaml, line 3, column 1: not YAML \(.*\)"),
        ("a: 1\n b: 2\n", r"config\.yaml, line 2, column 3: not YAML \(mapping values are not"),
        ("a: *b\n", r"config\.yaml, line 1, column 4: not YAML \(found undefined alias"),
        ("a: !!python/object:os.system b", r"not YAML \(could not determine a constructor"),
        ("a: '\x07'", r"config\.yaml: not YAML"),
        ("seed: 2001-99-99", r"config\.yaml: not YAML"),
        ("", r"expected lines such as 'task: sentiment', found none"),
        ("- a\n- b\n", r"expected lines such as 'task: sentiment'"),
        ("1: a\n", r"expected lines such as 'task: sentiment'"),
    ],
)
def test_a_broken_file_is_named_with_the_place(path, content, message):
    path.write_text(content)
    with pytest.raises(BadInput, match=message):
        read_yaml(path)


def test_an_unreadable_file_is_named(path):
    path.write_bytes(b"task: \xff")
    with pytest.raises(BadInput, match=r"config\.yaml: not UTF-8 at byte 6"):
        read_yaml(path)
    with pytest.raises(BadInput, match=r"cannot read the settings .*none\.yaml: No such file"):
        read_yaml(path.with_name("none.yaml"))


@given(
    content=st.text(
        st.one_of(
            st.sampled_from("ab12:-'\"[]{}!&*#|>%? \n\t."), st.characters(exclude_categories=["Cs"])
        )
    )
)
def test_any_text_is_settings_or_bad_input(path, content):
    path.write_text(content, encoding="utf-8", newline="")
    try:
        settings = read_yaml(path)
    except BadInput as error:
        named = "config.yaml" in str(error)
    else:
        named = all(isinstance(name, str) for name in settings)
    assert named
