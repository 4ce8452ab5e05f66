"""Drawing text: what may be drawn, what is drawn, and where it ends."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kerasrnn import generation, writing
from kerasrnn.generation import Drawing, Generator, draw, filter_logits
from kerasrnn.layers import one_step
from kerasrnn.models import text_generator
from kerasrnn.registry import CELLS
from kerasrnn.sampling import Sampling
from kerasrnn.transforms.text import Text
from kerasrnn.transforms.tokenizer import Tokenizer
from kerasrnn.writing import NEVER, unknown_tokens

TEXT = Text.fit(["the quick brown fox\njumps over a lazy dog. "], Tokenizer("character", True))
SIZE = len(TEXT.vocabulary)


@pytest.fixture(scope="module")
def models():
    """The same weights without and with a state, drawn so that no two tokens are alike."""
    keras.utils.set_random_seed(3)
    pair = [
        text_generator(vocabulary_size=SIZE, cell="lstm", units=8, layers=2, state=state)
        for state in (False, True)
    ]
    random = np.random.default_rng(1)
    weights = [random.normal(size=w.shape) for w in pair[0].get_weights()]
    for model in pair:
        model.set_weights(weights)
    return pair


def written(model, prompt="the ", length=40, *, stop="", **sampling):
    return "".join(Generator(model, TEXT, Sampling(**sampling)).stream(prompt, length, stop=stop))


def test_temperature_zero_takes_the_likeliest_token_each_time(models):
    plain, model = models
    [ids] = TEXT.encode(["the "])
    expected = []
    for _ in range(12):
        scores = np.asarray(plain(np.concatenate([ids, expected])[None].astype(np.int32)))[0, -1]
        expected.append(2 + int(np.argmax(scores[2:])))
    assert written(model, length=12, temperature=0) == TEXT.vocabulary.decode(expected)


@pytest.mark.parametrize("temperature", [1e-30, 1e-6])
def test_a_temperature_near_zero_is_zero(models, temperature):
    cold = written(models[1], length=20, temperature=temperature)
    assert cold == written(models[1], length=20, temperature=0)


def test_only_the_likeliest_of_one_is_greedy(models):
    greedy = written(models[1], length=20, temperature=0)
    assert written(models[1], length=20, temperature=2, top_k=1) == greedy
    assert written(models[1], length=20, temperature=2, top_p=1e-6) == greedy


@pytest.mark.parametrize("piece", [1, 3, 16, 100])
def test_the_same_seed_gives_the_same_text_in_pieces_of_any_size(models, monkeypatch, piece):
    expected = written(models[1], seed=5)
    monkeypatch.setattr(writing, "PIECE", piece)
    assert written(models[1], seed=5) == expected
    assert len(expected) == 40


def test_another_seed_gives_another_text(models):
    assert written(models[1], seed=1) != written(models[1], seed=2)


def test_a_longer_text_begins_with_the_shorter(models):
    assert written(models[1], length=37).startswith(written(models[1], length=20))


@pytest.mark.parametrize(
    "sampling", [{"temperature": 0}, {}, {"temperature": 100}, {"top_k": 2}, {"top_p": 0.5}]
)
def test_padding_and_unknown_are_never_written(models, sampling):
    model = keras.models.clone_model(models[1])
    model.set_weights(models[1].get_weights())
    bias = model.get_layer("logits").bias
    bias.assign(np.where(np.arange(SIZE) < 2, 100, np.asarray(bias)))
    text = written(model, **sampling)
    assert len(text) == 40
    assert set(text) <= set(TEXT.vocabulary.tokens[2:])


@pytest.mark.parametrize("piece", [1, 4, 7])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_the_text_ends_before_the_stop_string_wherever_it_falls(models, monkeypatch, piece, width):
    monkeypatch.setattr(writing, "PIECE", piece)
    generator = Generator(models[1], TEXT, Sampling(seed=2))
    whole = "".join(generator.stream("a", 24))
    for begin in range(0, 24 - width, 3):
        stop = whole[begin : begin + width]
        assert "".join(generator.stream("a", 24, stop=stop)) == whole[: whole.find(stop)]
    assert "".join(generator.stream("a", 24, stop="ABSENT")) == whole


def one_at_a_time(plain, prompt, length, how):
    """The oracle: the model without a state reads the whole text again for every token."""
    [ids] = TEXT.encode([prompt])
    for position in range(length):
        scores = np.asarray(plain(ids[None].astype(np.int32)))[0, -1] + writing.forbidden_scores(
            SIZE
        )
        ids = np.append(ids, writing.draw(scores[None], how, np.array([how.seed]), position))
    return TEXT.vocabulary.decode(ids[-length:])


NETWORKS = [
    *({"cell": cell} for cell in CELLS.names()),
    {"cell": "gru", "layers": 2, "residual": True, "embedding": 8},
    {"cell": "lstm", "layers": 2, "units": (8, 6), "layer_normalization": True},
]


@pytest.mark.parametrize("rows", [256, 1], ids=["table", "product"])
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_texts_are_those_of_a_network_that_reads_everything_again(network, rows, monkeypatch):
    # whether what ids add to the gates is looked up or computed
    monkeypatch.setattr(one_step, "TABLE_ROWS", rows)
    plain, model = with_weights({"units": 8, **network})
    prompts = PROMPTS[:2]
    expected = [
        one_at_a_time(plain, prompt, 6, Sampling(1.5, seed=3 + row))
        for row, prompt in enumerate(prompts)
    ]
    generator = Generator(model, TEXT, Sampling(1.5, seed=3))
    assert generator.write(prompts, 6) == expected
    assert "".join(generator.stream(prompts[0], 6)) == expected[0]


PROMPTS = ["the ", "a", "fox jumps", "dog."]


def with_weights(settings, size=SIZE):
    pair = [text_generator(vocabulary_size=size, **settings, state=s) for s in (False, True)]
    random = np.random.default_rng(1)
    weights = [random.normal(size=w.shape) for w in pair[0].get_weights()]
    for model in pair:
        model.set_weights(weights)
    return pair


@pytest.mark.parametrize("how", [{}, {"temperature": 0.0}, {"top_k": 3, "top_p": 0.9}], ids=str)
def test_a_compiled_loop_writes_the_same_in_pieces_of_any_size(models, monkeypatch, how):
    expected = Generator(models[1], TEXT, Sampling(seed=5, **how), compiled=False).write(
        PROMPTS, 40
    )
    generator = Generator(models[1], TEXT, Sampling(seed=5, **how), compiled=True)
    for room, piece in ((256, 256), (256, 7), (16, 40)):
        monkeypatch.setattr(generation, "ROOM", room)
        monkeypatch.setattr(writing, "LONG_PIECE", piece)
        assert generator.write(PROMPTS, 40) == expected


def test_long_texts_are_compiled_from_one_place_on(models, monkeypatch):
    expected = Generator(models[1], TEXT, Sampling(seed=5), compiled=False).write(PROMPTS, 30)
    monkeypatch.setattr(generation, "COMPILED_FROM", 10)
    generator = Generator(models[1], TEXT, Sampling(seed=5))
    counts = {"plain": 0, "compiled": 0}
    for name, attribute in (("plain", "_piece"), ("compiled", "_compiled_piece")):
        loop = getattr(generator, attribute)

        def counted(*arguments, loop=loop, name=name):
            counts[name] += int(arguments[-1])
            return loop(*arguments)

        monkeypatch.setattr(generator, attribute, counted)
    assert generator.write(PROMPTS, 30) == expected
    assert counts == {"plain": 10, "compiled": 20}


def test_texts_written_together_end_where_each_has_its_stop_string(models):
    generator = Generator(models[1], TEXT, Sampling(seed=2))
    whole = generator.write(PROMPTS, 60)
    assert generator.write(PROMPTS, 60, stop=" ") == [text.partition(" ")[0] for text in whole]


def test_no_tensor_of_the_loop_grows_with_what_was_written(models):
    """All that a step carries on, but for the buffer of ids, has one size from first to last."""
    step = generation.step_of(models[1], writing.forbidden_scores(SIZE))
    state = [tf.zeros([3, 8])] * 4
    loop = tf.function(
        lambda position, count: generation.continue_ids(
            step, tf.zeros([3, SIZE]), state, rows(3), position, count
        )
    )
    scalar = tf.TensorSpec([], tf.int32)
    graph = loop.get_concrete_function(scalar, scalar).graph
    [loops] = [[op for op in graph.get_operations() if op.type.endswith("While")]]
    [carried] = [op.outputs for op in loops]
    floats = [tensor.shape.as_list() for tensor in carried if tensor.dtype == tf.float32]
    # scores and states, whose sizes are known, and the random numbers drawn beforehand
    assert [3, SIZE] in floats
    assert floats.count([3, 8]) == 4
    body = graph._get_function(loops[0].get_attr("body").name).graph
    kinds = {op.type for op in body.get_operations()}
    assert not kinds & {"ConcatV2", "TensorListPushBack", "TensorListConcatV2", "Pad", "While"}


def test_an_empty_prompt_begins_after_a_line(models):
    assert written(models[1], "", seed=4) == written(models[1], "\n", seed=4)


def test_the_prompt_matters(models):
    assert written(models[1], "fox", seed=4) != written(models[1], "dog", seed=4)


@pytest.mark.parametrize(("prompt", "count"), [("the fox", 0), ("THE fox", 3), ("", 0), ("中", 1)])
def test_unknown_tokens_of_a_prompt_are_counted(prompt, count):
    assert unknown_tokens(TEXT, [prompt]) == count


def allowed(logits, temperature, top_k, top_p):
    """The oracle: tokens that may be drawn, found by sorting."""
    order = sorted(range(len(logits)), key=lambda i: -logits[i])
    if top_k:
        order = order[:top_k]
    scaled = np.array([logits[i] for i in order]) / temperature
    p = np.exp(scaled - scaled.max())
    p /= p.sum()
    kept, total = [], 0.0
    for token, share in zip(order, p, strict=True):
        assume(abs(total - top_p) > 1e-4)  # too near the limit for single precision
        if top_p < 1 and total >= top_p:
            break
        kept.append(token)
        total += share
    return set(kept)


@settings(max_examples=60)
@given(
    ranks=st.permutations(range(7)),
    spread=st.floats(0.05, 2),
    temperature=st.floats(0.2, 5),
    top_k=st.integers(0, 9),
    top_p=st.floats(0.01, 1),
)
def test_filtering_keeps_the_likeliest_tokens(ranks, spread, temperature, top_k, top_p):
    logits = [spread * rank for rank in ranks]
    expected = allowed(logits, temperature, top_k, top_p)
    how = Drawing.of(Sampling(temperature, top_k, top_p))
    [filtered] = filter_logits(tf.constant([logits], tf.float32), how).numpy()
    assert set(np.flatnonzero(filtered > NEVER / 2)) == expected
    # among those kept, the shares are the softmax of the scores over the temperature
    kept = sorted(expected)
    p = np.exp([logits[i] / temperature for i in kept])
    shares = tf.nn.softmax(filtered).numpy()[kept]
    np.testing.assert_allclose(shares, p / p.sum(), rtol=1e-3, atol=1e-6)


def test_equal_scores_are_drawn_equally_often():
    logits = tf.tile(tf.constant([[1.0, 1.0, 0.0, -5.0]]), (4000, 1))
    drawn = draw(logits, rows(4000, top_k=2), tf.constant(0)).numpy()
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 4000, [0.5, 0.5, 0, 0], atol=0.04)


def rows(count, temperature=1.0, top_k=0, top_p=1.0):
    """The same way of drawing for every row, each with a seed of its own."""
    return Drawing(
        tf.fill([count], temperature),
        tf.fill([count], top_k),
        tf.fill([count], top_p),
        range(count),
    )


def test_tokens_are_drawn_as_often_as_their_probability_says():
    p = np.array([0.5, 0.3, 0.15, 0.05])
    logits = tf.tile(tf.constant([np.log(p)], tf.float32), (8000, 1))
    for position in (0, 1, 1000):
        drawn = draw(logits, rows(8000), tf.constant(position)).numpy()
        np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 8000, p, atol=0.02)


def test_random_numbers_are_even_and_those_of_neighbours_unrelated():
    seeds, positions = np.meshgrid(*[np.arange(200, dtype=np.uint64)] * 2)
    u = writing.random_bits(seeds, positions) / 2**23
    assert u.min() >= 0
    assert u.max() < 1
    np.testing.assert_allclose(np.histogram(u, 20, (0, 1))[0] / u.size, 1 / 20, atol=0.005)
    for a, b in ((u[1:], u[:-1]), (u[:, 1:], u[:, :-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.02


@settings(max_examples=60)
@given(
    logits=st.lists(st.floats(-8, 8, width=32), min_size=2, max_size=9),
    temperature=st.sampled_from([0.0, 0.3, 1.0, 4.0]),
    top_k=st.integers(0, 10),
    top_p=st.sampled_from([0.25, 0.9, 1.0]),
    seed=st.integers(0, 2**31 - 1),
    position=st.integers(0, 5000),
)
def test_numpy_draws_what_the_graph_draws(logits, temperature, top_k, top_p, seed, position):
    how = Sampling(temperature, top_k, top_p, seed)
    scores = np.array(logits, np.float32)
    in_graph = draw(tf.constant([scores]), Drawing.of(how), tf.constant(position)).numpy()
    drawn = writing.draw(scores[None], how, np.array([seed]), position)
    assert drawn[0] == in_graph[0]


@pytest.mark.parametrize(
    ("sampling", "message"),
    [
        ({"temperature": -0.1}, "temperature -0.1 is not within 0 and 100"),
        ({"temperature": 101}, "temperature 101"),
        ({"temperature": float("nan")}, "temperature nan"),
        ({"top_k": -1}, "top-k -1 is negative"),
        ({"top_p": 0}, "top-p 0 is not above 0"),
        ({"top_p": 1.5}, "top-p 1.5"),
    ],
)
def test_numbers_out_of_range_are_refused(sampling, message):
    with pytest.raises(ValueError, match=message):
        Sampling(**sampling)


def searched_one_at_a_time(plain, prompt, length, width):
    """The oracle: keeps the `width` likeliest beginnings and reads each whole for every token."""
    [before] = TEXT.encode([prompt])
    live = [((), 0.0)]
    for _ in range(length):
        rows = np.array([[*before, *ids] for ids, _ in live], np.int32)
        shares = log_shares(plain, rows)[:, -1]
        grown = [
            ((*ids, token), score + shares[row, token])
            for row, (ids, score) in enumerate(live)
            for token in range(2, SIZE)
        ]
        live = sorted(grown, key=lambda beginning: -beginning[1])[:width]
    return TEXT.vocabulary.decode(live[0][0])


@pytest.mark.parametrize("beam", [1, 3])
def test_a_search_follows_the_likeliest_beginnings(models, beam):
    found = Generator(models[1], TEXT, Sampling()).search(PROMPTS, 5, beam)
    assert found == [searched_one_at_a_time(models[0], prompt, 5, beam) for prompt in PROMPTS]


def test_a_search_of_one_is_greedy(models):
    greedy = Generator(models[1], TEXT, Sampling(temperature=0)).write(PROMPTS, 5)
    assert Generator(models[1], TEXT, Sampling()).search(PROMPTS, 5, 1) == greedy


def test_a_search_over_all_beginnings_is_exhaustive(models):
    [found] = Generator(models[1], TEXT, Sampling()).search(["fox"], 2, SIZE)
    [prompt] = TEXT.encode(["fox"])
    grid = np.array(list(itertools.product(range(2, SIZE), repeat=2)), np.int32)
    ids = np.concatenate([np.tile(prompt, (len(grid), 1)), grid], 1)
    scores = log_shares(models[0], ids)[:, len(prompt) - 1 :]
    best = np.argmax(sum(scores[np.arange(len(grid)), i, grid[:, i]] for i in range(2)))
    assert found == TEXT.vocabulary.decode(grid[best])


def test_a_search_as_wide_as_there_are_texts_finds_the_likeliest():
    text = Text.fit(["abc"], Tokenizer("character"))
    size, length = len(text.vocabulary), 4
    plain, model = with_weights({"cell": "gru", "units": 5}, size)
    grid = np.array(list(itertools.product(range(2, size), repeat=length)), np.int32)
    [found] = Generator(model, text, Sampling()).search(["ab"], length, len(grid))
    [prompt] = text.encode(["ab"])
    ids = np.concatenate([np.tile(prompt, (len(grid), 1)), grid], 1)
    shares = log_shares(plain, ids)[:, len(prompt) - 1 : -1]
    likelihoods = np.take_along_axis(shares, grid[..., None], 2).sum((1, 2))
    assert found == text.vocabulary.decode(grid[likelihoods.argmax()])


def log_shares(plain, ids):
    scores = np.asarray(plain(ids))
    scores = scores + writing.forbidden_scores(scores.shape[-1])
    return tf.nn.log_softmax(scores).numpy()
