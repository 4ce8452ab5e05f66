"""The proof itself: what it lets pass and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.errors import RunFailed
from kerasrnn.export.check_process import ALONE, ANEW, ask_others, examine
from kerasrnn.export.saved_model import tensor_names, write_saved_model
from kerasrnn.export.verification import (
    TOLERANCE,
    ask,
    check_metric,
    compare,
    difference,
    reference,
    with_state,
)
from kerasrnn.tasks import Endpoint


def array(*values, kind=np.float32):
    return np.array(values, kind)


def test_a_difference_is_relative_to_the_largest_number():
    assert difference(array(1, 100), array(1, 100)) == 0
    assert difference(array(2, 100), array(1, 100)) == pytest.approx(0.01)
    assert difference(array(-100, 1), array(-100, 0)) == pytest.approx(0.01)
    assert difference(array(0, 0), array(0, 0)) == 0
    assert difference(array(1e-3), array(0)) > 1e6


def test_a_difference_of_numbers_does_not_overflow():
    big = np.array([2**31 - 1, -(2**31)], np.int32)
    assert difference(big, big[::-1]) == pytest.approx(2, rel=1e-3)
    assert difference(array(200, kind=np.uint8), array(100, kind=np.uint8)) == 1


@given(values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1), gap=st.floats(0, 1e3))
def test_a_difference_is_as_large_as_the_largest(values, gap):
    truth = np.array(values, np.float64)
    other = truth.copy()
    other[0] += gap
    largest = max(abs(truth).max(), 1e-30)
    assert difference(other, truth) == pytest.approx(abs(other[0] - truth[0]) / largest, rel=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_no_number_is_no_small_difference(bad):
    assert not difference(array(bad, 1), array(1, 1)) <= TOLERANCE
    assert not difference(array(1, 1), array(bad, 1)) <= TOLERANCE


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (array(1, 2), array(1)),
        (array([1]), array(1)),
        (array(1), array(1, kind=np.int32)),
        (array(b"1", kind=object), array(1)),
        (array(b"a", kind=object), array(b"b", kind=object)),
        (array(), array(1)),
    ],
)
def test_what_is_of_another_kind_differs_without_end(a, b):
    assert difference(a, b) == np.inf


def test_the_same_texts_do_not_differ():
    assert difference(array(b"a\0", b"", kind=object), array(b"a\0", b"", kind=object)) == 0


class Task:
    monitor = "accuracy"

    def __init__(self, higher_is_better):
        self.higher_is_better = higher_is_better


@pytest.mark.parametrize(
    ("higher", "before", "after", "examples", "passes"),
    [
        (True, 0.9, 0.9, 1000, True),
        (True, 0.9, 0.95, 1000, True),
        (True, 0.9, 0.8901, 1000, True),
        (True, 0.9, 0.8899, 1000, False),
        (True, 0.9, 0.85, 20, True),  # one example
        (True, 0.9, 0.8499, 20, False),
        (False, 2.0, 2.0199, 1000, True),
        (False, 2.0, 1.0, 1000, True),
        (False, 2.0, 2.0201, 1000, False),
        (False, 2.0, 2.0201, 2, False),
        (True, 0.9, float("nan"), 1000, False),
        (False, 2.0, float("nan"), 1000, False),
        (False, 2.0, float("inf"), 1000, False),
        (False, 0.0, 0.0, 1000, True),
    ],
)
def test_a_metric_may_be_worse_by_one_point(higher, before, after, examples, passes):
    if passes:
        check_metric("m.tflite", Task(higher), before, after, examples)
    else:
        with pytest.raises(RunFailed, match=r"m\.tflite: accuracy is .* try another --quantize"):
            check_metric("m.tflite", Task(higher), before, after, examples)


def test_a_rate_of_errors_is_a_share_too():
    rate = Task(False)
    rate.monitor = "word_error_rate"
    check_metric("m.tflite", rate, 0.0, 0.0099, 1000)
    check_metric("m.tflite", rate, 0.0, 0.09, 11)  # one example
    with pytest.raises(RunFailed, match="word_error_rate"):
        check_metric("m.tflite", rate, 0.0, 0.0101, 1000)


def test_a_model_is_asked_together_alone_and_again():
    asked = []

    def answer(request):
        asked.append(request["x"].tolist())
        return {"y": request["x"] * 2, "calls": np.full(len(request["x"]), len(asked))}

    answers, figures = examine(answer, {"x": np.arange(10)})
    few = list(range(ALONE))
    assert asked[:3] == [few, list(range(10)), few]
    assert asked[3 : 3 + ALONE] == [[i] for i in few]
    assert answers["whole"]["y"].tolist() == list(range(0, 20, 2))
    assert answers["alone"]["y"].tolist() == answers["again"]["y"].tolist() == [2 * i for i in few]
    assert answers["whole"]["calls"].tolist() == [2] * 10
    assert answers["again"]["calls"].tolist() == [3] * ALONE
    assert answers["alone"]["calls"].tolist() == [4, 5, 6, 7, 8, 9, 10]
    assert figures["milliseconds"] >= 0


def test_other_instances_are_asked_few_rows_and_then_all():
    asked = []

    def other(request):
        asked.append(request["x"].tolist())
        return {"y": request["x"] * 2}

    def wrong(request):
        return {"y": request["x"] * 2 + (len(request["x"]) > ALONE)}

    whole = {"y": np.arange(10) * 2}
    given = ask_others([other, wrong, other, wrong], {"x": np.arange(10)}, whole)
    assert asked == [list(range(ALONE)), list(range(10))] * 2
    assert given["y"].tolist() == [(np.arange(10) * 2).tolist(), (np.arange(10) * 2 + 1).tolist()]
    assert ANEW["tflite"] >= 20


@pytest.mark.parametrize(("gap", "passes"), [(0.0, True), (1e-6, True), (1e-3, False)])
def test_a_file_that_answers_otherwise_when_loaded_anew_is_refused(gap, passes):
    truth = {"y": array(1, 2, 3)}
    anew = np.stack([truth["y"], truth["y"] * (1 + gap)]).astype(np.float32)
    parts = {"whole": truth, "alone": truth, "again": truth, "anew": {"y": anew}}
    if passes:
        assert compare("m", parts, truth) == 0
    else:
        with pytest.raises(RunFailed, match="m: y is not the same when loaded another time"):
            compare("m", parts, truth)


# Processes


X = {"x": np.arange(1, 10, dtype=np.float32)}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder and its endpoints, all of which but the first misbehave."""
    count = tf.Variable(0.0)

    def alone(inputs):
        return {"y": inputs["x"] + tf.cast(tf.size(inputs["x"]) == 1, tf.float32)}

    def counted(inputs):
        return {"y": inputs["x"] + count.assign_add(1.0)}

    def broken(inputs):
        with tf.control_dependencies([tf.debugging.Assert(inputs["x"][0] < 0, ["no such luck"])]):
            return {"y": tf.identity(inputs["x"])}

    def swapped(inputs):
        return {"state_0": inputs["x"] + inputs["state_1"], "state_1": 3 * inputs["state_0"]}

    def words(inputs):
        return {"y": tf.strings.as_string(tf.cast(inputs["x"], tf.int32))}

    answers = {"good": lambda i: {"y": 2 * i["x"]}, "alone": alone, "counted": counted}
    answers |= {"broken": broken, "words": words}
    specs = {"x": tf.TensorSpec([None], tf.float32)}
    endpoints = {name: Endpoint(answer, specs, "") for name, answer in answers.items()}
    given = {**specs, "state_0": specs["x"], "state_1": specs["x"]}
    endpoints["swapped"] = Endpoint(swapped, given, "")
    folder = tmp_path_factory.mktemp("verification") / "1"
    write_saved_model(folder, endpoints, [count])
    return folder, endpoints


def check(model, *names, expected=None, loader="c_api", **options):
    folder, endpoints = model
    requests = dict.fromkeys(names, X)
    expected = expected or reference(endpoints, requests)
    return ask(loader, folder, requests, expected, tensors=tensor_names(folder), **options)


def test_a_model_that_answers_alike_passes(model):
    report = check(model, "good", "words")
    assert report["loader"] == "TensorFlow's C library"
    assert report["load_milliseconds"] > 0
    assert set(report["endpoints"]) == {"good", "words"}
    assert all(f["maximum_difference"] == 0 for f in report["endpoints"].values())
    assert all(f["milliseconds"] > 0 for f in report["endpoints"].values())


def test_a_model_that_answers_otherwise_is_refused(model):
    wrong = 2 * X["x"]
    wrong[3] += 3e-4
    with pytest.raises(RunFailed, match=r"1 by .*, good: differs from Keras by 2\.1e-05 .* 1e-05"):
        check(model, "good", expected={"good": {"y": wrong}})
    report = check(model, "good", expected={"good": {"y": wrong}}, tolerance=None)
    assert report["endpoints"]["good"]["maximum_difference"] == pytest.approx(3e-4 / 14, rel=0.01)


def right(inputs):
    return {"state_0": inputs["x"] + inputs["state_0"], "state_1": 3 * inputs["state_1"]}


def test_a_state_is_asked_as_it_begins_and_as_it_goes_on():
    endpoints = {"step": Endpoint(right, {}, ""), "good": Endpoint(lambda i: i, {}, "")}
    zeros, ones = np.zeros(9, np.float32), np.ones(9, np.float32)
    step = {**X, "state_0": zeros, "state_1": ones}
    asked = with_state(endpoints, {"step": step, "good": X})
    assert asked["good"] is X
    assert asked["step"]["x"].tolist()[:6] == [1, 1, 2, 2, 3, 3]
    assert asked["step"]["state_0"].tolist()[:6] == [0, 1, 0, 2, 0, 3]
    assert asked["step"]["state_1"].tolist()[:4] == [1, 3, 1, 3]


def test_a_state_in_the_place_of_another_is_refused_though_zeros_do_not_show_it(model):
    folder, _ = model
    endpoints = {"swapped": Endpoint(right, {}, "")}
    zeros = np.zeros(9, np.float32)
    requests = {"swapped": {**X, "state_0": zeros, "state_1": zeros}}

    def asking(requests):
        expected = reference(endpoints, requests)
        return ask("c_api", folder, requests, expected, tensors=tensor_names(folder))

    asking(requests)
    with pytest.raises(RunFailed, match="swapped: differs from Keras"):
        asking(with_state(endpoints, requests))


def test_a_model_whose_rows_depend_on_one_another_is_refused(model):
    with pytest.raises(RunFailed, match="alone: differs from Keras"):
        check(model, "alone")


def test_a_model_that_remembers_is_refused(model):
    with pytest.raises(RunFailed, match="counted: y is not the same when asked again"):
        check(model, "counted", tolerance=None)


def test_a_text_that_differs_is_refused(model):
    texts = np.array([str(i).encode() for i in range(9)], object)
    with pytest.raises(RunFailed, match="words: differs from Keras by inf"):
        check(model, "words", expected={"words": {"y": texts}})


def test_a_model_that_breaks_down_is_refused(model):
    with pytest.raises(
        RunFailed, match=r"1 by TensorFlow's C library failed: RuntimeError: .*no such luck"
    ):
        check(model, "broken", expected={"broken": X})


@pytest.mark.parametrize("loader", ["c_api", "tflite", "saved_model"])
def test_what_cannot_be_loaded_is_refused(tmp_path, loader):
    folder = tmp_path / "1"
    with pytest.raises(RunFailed, match=r"1 by .* failed: \w"):
        ask(loader, folder, {"good": X}, {"good": {"y": X["x"]}})


def test_a_model_that_never_answers_is_refused(model, monkeypatch):
    monkeypatch.setattr("kerasrnn.export.children.LONGEST", 0.1)
    with pytest.raises(RunFailed, match=r"did not come to an end within 0\.1 seconds"):
        check(model, "good")
