"""Metrics against slow and obvious loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.metrics import (
    classification,
    forecast_errors,
    language,
    mean_of_batches,
    phm08_score,
    scale_free_errors,
)

RANDOM = np.random.default_rng(1)


def slow_classification(logits, targets):
    hits, nats, counts = 0, 0.0, {}
    for scores, target in zip(logits, targets, strict=True):
        guess = max(range(len(scores)), key=lambda label, scores=scores: scores[label])
        total = sum(math.exp(score) for score in scores)
        nats -= math.log(math.exp(scores[target]) / total)
        hits += guess == target
        for label in {guess, target}:
            counts.setdefault(label, {"right": 0, "guessed": 0, "true": 0})
        counts[guess]["guessed"] += 1
        counts[target]["true"] += 1
        counts[target]["right"] += guess == target
    f1 = []
    for c in counts.values():
        if not c["right"]:
            f1.append(0.0)
            continue
        precision, recall = c["right"] / c["guessed"], c["right"] / c["true"]
        f1.append(2 * precision * recall / (precision + recall))
    n = len(targets)
    return {"accuracy": hits / n, "macro_f1": sum(f1) / len(f1), "loss": nats / n}


@given(
    targets=st.lists(st.integers(0, 3), min_size=1, max_size=12),
    seed=st.integers(0, 1000),
)
def test_classification_is_what_counting_gives(targets, seed):
    logits = np.random.default_rng(seed).normal(size=(len(targets), 4))
    assert classification(logits, np.array(targets)) == pytest.approx(
        slow_classification(logits.tolist(), targets)
    )


def test_huge_scores_have_a_finite_loss():
    logits = np.array([[1000.0, -1000.0], [0.0, 500.0]])
    assert classification(logits, np.array([1, 1]))["loss"] == pytest.approx(1000)


@pytest.mark.parametrize("characters", [True, False])
def test_language_figures_are_of_one_cross_entropy(characters):
    # a token at probability 1/8 and one at 1/2
    figures = language(math.log(8) + math.log(2), 2, characters=characters)
    assert figures["loss"] == pytest.approx(2 * math.log(2))
    assert figures["perplexity"] == pytest.approx(4)
    if characters:
        assert figures["bits_per_character"] == pytest.approx(2)
    else:
        assert "bits_per_character" not in figures


def test_perplexity_stays_a_number():
    assert math.isfinite(language(1e6, 1, characters=False)["perplexity"])


def test_forecast_errors_are_means_over_everything():
    forecast, truth = RANDOM.normal(size=(2, 3, 4, 2)).astype(np.float32)
    differences = [float(f) - float(t) for f, t in zip(forecast.flat, truth.flat, strict=True)]
    mse = sum(d * d for d in differences) / len(differences)
    assert forecast_errors(forecast, truth) == pytest.approx(
        {"mae": sum(map(abs, differences)) / len(differences), "mse": mse, "rmse": math.sqrt(mse)}
    )


def test_scale_free_errors_are_those_of_their_definitions():
    forecast, truth = RANDOM.normal(size=(2, 3, 4, 2))
    forecast[0, 0, 0] = truth[0, 0, 0] = 0  # where both are zero there is no error
    naive = np.array([0.5, 2.0])
    smape, mase = [], []
    for window, step, target in np.ndindex(forecast.shape):
        f, t = forecast[window, step, target], truth[window, step, target]
        smape.append(0 if f == t == 0 else 200 * abs(f - t) / (abs(f) + abs(t)))
        mase.append(abs(f - t) / naive[target])
    assert scale_free_errors(forecast, truth, naive_error=naive) == pytest.approx(
        {"smape": sum(smape) / len(smape), "mase": sum(mase) / len(mase)}
    )


def test_smape_is_between_0_and_200():
    ones = np.ones((1, 2, 1))
    naive = np.ones(1)
    assert scale_free_errors(ones, ones, naive_error=naive)["smape"] == 0
    assert scale_free_errors(ones, -ones, naive_error=naive)["smape"] == 200


@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4), seed=st.integers(0, 100))
def test_metrics_of_batches_join_to_those_of_the_whole(sizes, seed):
    forecast, truth = np.random.default_rng(seed).normal(size=(2, sum(sizes), 3, 2))
    pieces = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    batches = [(forecast_errors(forecast[rows], truth[rows]), len(rows)) for rows in pieces]
    assert mean_of_batches(batches) == pytest.approx(forecast_errors(forecast, truth))


def test_a_root_of_another_name_is_joined_as_a_root():
    batches = [({"rmse_original": 3.0}, 1), ({"rmse_original": 1.0}, 3)]
    assert mean_of_batches(batches) == pytest.approx({"rmse_original": math.sqrt(3)})


def test_the_score_of_phm08_is_that_of_a_slow_loop_and_late_costs_more():
    predicted, true = RANDOM.uniform(0, 125, (2, 40))
    total = 0.0
    for guess, truth in zip(predicted, true, strict=True):
        d = guess - truth
        total += math.exp(-d / 13) - 1 if d < 0 else math.exp(d / 10) - 1
    assert phm08_score(predicted, true) == pytest.approx(total)
    assert phm08_score(true, true) == 0
    assert phm08_score(true + 5, true) > phm08_score(true - 5, true) > 0
    assert math.isfinite(phm08_score(true + 1e9, true))
