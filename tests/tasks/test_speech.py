import dataclasses
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tensorflow as tf
from small_runs import save_untrained_run, small_config, write_speech

from kerasrnn import cli
from kerasrnn.errors import BadInput
from kerasrnn.network import Network
from kerasrnn.registry import TASKS
from kerasrnn.tasks._heard import Heard
from kerasrnn.tasks.speech import SpeechConfig, replacements
from kerasrnn.transforms.ctc import texts_in_graph
from kerasrnn.transforms.log_mel import LEAST_RATE, frame_sizes

REAL = os.environ.get("KERASRNN_DATA", "")
DIGITS = Path(REAL) / "free_spoken_digit" / "recordings_5_speakers.tar.gz"
needs_digits = pytest.mark.skipif(not REAL, reason="KERASRNN_DATA is not set")


def write_named(folder, *, speakers=("ann", "bob", "cid"), count=8):
    """Recordings whose names say everything."""
    folder.mkdir()
    draw = np.random.default_rng(0)
    for speaker in speakers:
        for index in range(count):
            samples = 0.1 * draw.normal(size=900 + 100 * index)
            soundfile.write(folder / f"{index % 2}_{speaker}_{index}.wav", samples, 8000)
    return folder


def task_for(folder, **settings):
    given = {"data": str(folder), "names": "{text}_{speaker}_{index}", "mels": 8, "units": 4}
    return TASKS.load("speech")(SpeechConfig(**{**given, **settings}))


def speakers(task):
    return {name: set(part.speakers) for name, part in task._parts.items()}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kernel": 2, "stride": 3}, "--kernel 2 is shorter than --stride 3"),
        ({"filters": 0, "kernel": 7}, "--kernel 7 is the convolution's"),
        ({"bidirectional": False, "normalization": "recording"}, "needs all of a recording first"),
        ({"leave_out": "a", "test_names": "b"}, "--leave-out and --test-names both name the test"),
        ({"lexicon": True, "beam": 4}, "--lexicon finds the likeliest path of all by itself"),
        ({"dataset": "librispeech"}, "speech is read from files"),
        ({"names": "{index}"}, "no pattern of names"),
        ({"words": "0=zero,1"}, "'1' replaces no word; write 0=zero,1=one"),
        ({"words": "all right=alright"}, "'all right=alright' replaces no word"),
        ({"rate": 1}, "--rate 1 is too small for a frame of 25 ms; the smallest allowed is 1,000"),
        ({"rate": 999}, "--rate 999 is too small"),
        ({"rate": -8000}, "--rate -8000 is too small"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(BadInput, match=message):
        SpeechConfig(**settings)


def test_the_smallest_rate_makes_frames(tmp_path):
    folder = write_named(tmp_path / "f")
    frames = task_for(folder, rate=LEAST_RATE, mels=40)._parts["train"].frames
    assert all(np.isfinite(rows).all() and len(rows) for rows in frames)
    soundfile.write(folder / "0_ann_0.wav", np.zeros(90), 100)
    with pytest.raises(BadInput, match=r"0_ann_0.wav: 100 samples a second .* 1,000; .* --rate"):
        task_for(folder).check_data()
    task_for(folder, rate=4000).check_data()


def test_words_are_replaced():
    assert replacements("") == {}
    assert replacements("0=zero, 1=one two") == {"0": "zero", "1": "one two"}


@pytest.mark.parametrize(
    ("settings", "text"),
    [({"words": "One=Eins"}, "eins two"), ({"words": "One=Eins", "lower_case": False}, "Eins Two")],
)
def test_words_are_replaced_as_the_transcripts_are_written(tmp_path, settings, text):
    folder = write_speech(tmp_path / "f", count=12)
    for path in Path(folder).glob("*.txt"):
        path.write_text("One Two\n")
    assert set(task_for(folder, names="", **settings)._parts["train"].texts) == {text}


def test_the_sample_has_its_own_transcripts():
    with pytest.raises(BadInput, match="--names needs --data"):
        TASKS.load("speech")(SpeechConfig(names="{text}")).check_data()


def test_a_speaker_left_out_is_in_the_test_part_alone(tmp_path):
    folder = write_named(tmp_path / "f")
    parts = speakers(task_for(folder, leave_out="bob"))
    assert parts["test"] == {"bob"}
    assert parts["train"] == {"ann", "cid"} >= parts["valid"]
    assert len(task_for(folder, leave_out="bob")._parts["test"]) == 8
    with pytest.raises(BadInput, match="no speaker 'eve' to leave out; known are ann, bob, cid"):
        task_for(folder, leave_out="eve").check_data()


def test_parts_by_speaker_share_no_voice(tmp_path):
    folder = write_named(tmp_path / "f", speakers="abcdefgh", count=3)
    for seed in (1, 2):
        parts = speakers(task_for(folder, split_by="speaker", seed=seed))
        assert sum(map(len, parts.values())) == len(set().union(*parts.values())) == 8
    few = write_named(tmp_path / "g", speakers="ab")
    with pytest.raises(BadInput, match="2 speakers are too few for the parts"):
        task_for(few, split_by="speaker").check_data()
    with pytest.raises(BadInput, match="nothing says who speaks"):
        task_for(few, split_by="speaker", names="{text}").check_data()


def test_names_choose_the_test_part(tmp_path):
    folder = write_named(tmp_path / "f")
    parts = task_for(folder, test_names="*_[0-1].wav")._parts
    assert len(parts["test"]) == 6
    assert all(name.endswith(("_0.wav", "_1.wav")) for name in parts["test"].names)
    assert not set(parts["test"].names) & {*parts["train"].names, *parts["valid"].names}
    with pytest.raises(BadInput, match="no recording is named so"):
        task_for(folder, test_names="x*").check_data()


def test_a_part_given_as_files_is_not_cut(tmp_path):
    folder = write_named(tmp_path / "f")
    other = write_named(tmp_path / "g", speakers=["eve"])
    parts = task_for(folder, test_data=str(other), valid_data=str(other))._parts
    assert {name: len(part) for name, part in parts.items()} == {
        "train": 24,
        "valid": 8,
        "test": 8,
    }


def test_few_recordings_are_too_few(tmp_path):
    folder = write_named(tmp_path / "f", speakers=["ann"])
    with pytest.raises(BadInput, match="8 recordings are too few to cut parts from"):
        task_for(folder).check_data()


def test_what_has_fewer_steps_than_characters_is_told_and_not_trained_on(tmp_path):
    folder = write_named(tmp_path / "f")
    long = {"words": "0=" + "ab" * 3}  # six characters; the shortest recording has nine frames
    prepared = task_for(folder, stride=2, **long).prepare()
    # 900 and 1100 samples are 9 and 12 frames, 5 and 6 steps
    told = [note for note in prepared.notes if "fewer steps" in note]
    assert len(told) == 1
    assert "_0.wav" in told[0]
    with pytest.raises(BadInput, match="make --stride smaller"):
        task_for(folder, words="0=" + "ab" * 50 + ",1=" + "ba" * 50).check_data()


def test_characters_that_training_has_not_are_errors(tmp_path):
    folder = write_named(tmp_path / "f")
    strange = write_named(tmp_path / "g", speakers=["eve"])
    for path in strange.glob("1_*"):
        path.rename(path.with_name(path.name.replace("1_", "é_")))
    task = task_for(folder, test_data=str(strange))
    prepared = task.prepare()
    assert "the test part has characters never seen in training: é" in prepared.notes

    class Silent:
        def outputs(self, batches):
            for inputs, labels in batches:
                blank = np.tile([9.0, 0, 0], (*inputs["frames"].shape[:2], 1))
                yield {"logits": blank.astype(np.float32), "lengths": inputs["lengths"]}, labels

    scores = task.score(Silent(), prepared.test, prepared.transforms)
    assert scores["character_error_rate"] == scores["word_error_rate"] == 1.0
    assert np.isfinite(scores["loss"])


@pytest.fixture(scope="module")
def stream(tmp_path_factory):
    """A run that reads one way, its task and data."""
    folder = tmp_path_factory.mktemp("stream")
    config = small_config("speech", folder, bidirectional=False, units=8)
    run = save_untrained_run("speech", config, folder / "run")
    task = TASKS.load("speech")(config)
    return task, task.load_transforms(run.transforms_folder), run.load_model(), config


def test_characters_never_seen_in_training_are_named_where_they_are_measured(stream, tmp_path):
    task, transforms, *_ = stream
    data = write_speech(tmp_path / "x", count=3)
    assert task.read_batches(transforms, data=data).notes == []
    next(iter((tmp_path / "x").glob("*.txt"))).write_text("zab\n")
    [note] = task.read_batches(transforms, data=data).notes
    assert note == "the file has characters never seen in training: z"


def test_samples_as_they_come_give_the_logits_of_the_whole(stream):
    task, transforms, model, config = stream
    step = task.endpoints(task.serving_model(model, transforms), transforms)["step"]
    samples = soundfile.read(next(iter(sorted(Path(config.data).glob("*.wav")))))[0]
    log_mel, stride = transforms["log_mel"], config.stride
    whole = log_mel(samples)
    expected = model({"frames": whole[None], "lengths": np.array([len(whole)], np.int32)})

    size, hop, _ = frame_sizes(log_mel.rate)
    state = {
        name: tf.zeros([1, *spec.shape[1:]])
        for name, spec in step.inputs.items()
        if name.startswith("state_")
    }
    assert state["state_0"].shape[1:] == (config.kernel - stride, config.mels)
    waiting, frames, logits = np.zeros(0), np.zeros((0, config.mels), np.float32), []
    for packet in np.array_split(samples, 13):
        waiting = np.concatenate([waiting, packet])
        if count := max((len(waiting) - size) // hop + 1, 0):
            frames = np.concatenate([frames, log_mel(waiting[: size + (count - 1) * hop])])
            waiting = waiting[count * hop :]
        whole_steps = len(frames) // stride * stride
        if whole_steps:
            part, frames = frames[:whole_steps], frames[whole_steps:]
            lengths = tf.constant([whole_steps])
            outputs = step.answer({"frames": tf.constant(part[None]), "lengths": lengths, **state})
            logits.append(outputs.pop("logits")[0])
            state = outputs
    assert len(logits) > 3
    joined = np.concatenate(logits)
    np.testing.assert_allclose(joined, expected[0, : len(joined)], atol=1e-5)
    assert len(joined) == len(whole) // stride


def test_the_served_text_is_the_one_predicted(stream):
    task, transforms, model, config = stream
    served = task.endpoints(task.serving_model(model, transforms), transforms)["serving_default"]
    paths = sorted(map(str, Path(config.data).glob("*.wav")))[:6]
    waves = [soundfile.read(path, dtype="float32")[0] for path in paths]
    padded = np.full((6, 3000), 0.7, np.float32)
    for row, wave in zip(padded, waves, strict=True):
        row[: len(wave)] = wave
    lengths = np.array([len(wave) for wave in waves], np.int32)
    texts = served.answer({"waveform": tf.constant(padded), "lengths": tf.constant(lengths)})
    told = task.predict(Network(task, model), transforms, paths, "")
    assert [row["text"].encode() for row in told.rows] == texts["text"].numpy().tolist()
    assert len({row["text"] for row in told.rows}) > 1


def test_with_a_lexicon_the_same_network_writes_words_of_training_alone(stream):
    _, transforms, _, config = stream
    task = TASKS.load("speech")(dataclasses.replace(config, lexicon=True))
    prepared = task.prepare()
    words = set(prepared.transforms["lexicon"].words)
    assert words == {word for text in task._parts["train"].texts for word in text.split()}
    logits = np.random.default_rng(0).normal(size=(9, 7, len(transforms["alphabet"])))
    outputs = {"logits": logits.astype(np.float32), "lengths": np.full(9, 7, np.int32)}
    texts = task._texts(outputs, prepared.transforms)
    assert {word for text in texts for word in text.split()} <= words
    assert texts != task._texts(outputs, transforms)
    logits, lengths = map(tf.constant, outputs.values())
    lexicon = prepared.transforms["lexicon"]
    characters = transforms["alphabet"].characters
    served = texts_in_graph(logits, lengths, characters, lexicon=lexicon)
    assert [text.decode() for text in served.numpy()] == texts


def test_words_that_a_lexicon_has_not_are_told(tmp_path):
    folder = write_named(tmp_path / "f")
    strange = write_named(tmp_path / "g", speakers=["eve"])
    for path in strange.glob("1_*"):
        path.rename(path.with_name(path.name.replace("1_", "01_")))
    notes = task_for(folder, test_data=str(strange), lexicon=True).prepare().notes
    assert "the test part has 1 words that the lexicon has not, 01: they cannot be written" in notes


def test_predict_takes_files_folders_lists_and_archives(stream, tmp_path):
    task, transforms, _, config = stream

    def network(inputs):
        shape = (*inputs["frames"].shape[:2], 3)
        return {"logits": np.ones(shape, np.float32), "lengths": inputs["lengths"]}

    def files(texts, file):
        answers = task.predict(network, transforms, texts, file)
        return [row["file"] for row in answers.rows], answers.warnings

    some = sorted(map(str, Path(config.data).glob("*.wav")))[:3]
    assert files(some[::-1], "")[0] == some[::-1]
    assert len(files([], config.data)[0]) == len(files([config.data], "")[0]) == 24
    (tmp_path / "list.tsv").write_text("path\n" + "\n".join(some) + "\n")
    assert len(files([], str(tmp_path / "list.tsv"))[0]) == 3
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.add(some[0], "x/y.wav")
    assert files([], str(tmp_path / "a.tar"))[0] == [f"{tmp_path / 'a.tar'}: x/y.wav"]
    soundfile.write(tmp_path / "long.wav", np.zeros(20_000), 8000)
    assert (
        "long.wav: 2.5 s are longer than any recording in training"
        in files([str(tmp_path / "long.wav")], "")[1][0]
    )
    with pytest.raises(BadInput, match="nothing to listen to"):
        files([], "")


@pytest.mark.parametrize(("name", "line"), [("list.tsv", "{}"), ("list.jsonl", '{{"path": "{}"}}')])
def test_predict_takes_a_list_without_the_columns_of_training(tmp_path, capsys, name, line):
    config = small_config("speech", tmp_path)
    recordings = sorted(Path(config.data).glob("*.wav"))
    rows = "".join(f"{path}\t{path.with_suffix('.txt').read_text()}" for path in recordings)
    (tmp_path / "train.tsv").write_text(f"path\tsaid\n{rows}")
    listed = {"data": str(tmp_path / "train.tsv"), "text_column": "said"}
    run = save_untrained_run("speech", small_config("speech", tmp_path, **listed), tmp_path / "run")
    header = ["path"] if name.endswith("tsv") else []
    lines = [*header, *(line.format(path) for path in recordings[:2])]
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    for asked in (["--input", str(tmp_path / name)], [str(tmp_path / name)]):
        assert cli.main(["predict", str(run.folder), *asked, "--json"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 2


class Summing:
    """An endpoint whose logits are the frames' sums so far, for a fixed number of frames."""

    def __init__(self, steps, *, states=True):
        self.steps = steps
        self.shapes = {"frames": (1, steps, 2), "lengths": (1,)}
        self.shapes |= {"state_0": (1, 1)} if states else {}

    def answer(self, request):
        sums = np.pad(request["frames"].sum(-1), [(0, 0), (0, 50)])[:, : self.steps].cumsum(1)
        sums = sums + request.get("state_0", 0.0)
        return {"logits": sums[:, 1::2, None], "state_0": sums[:, -1:]}


def test_a_file_of_few_frames_hears_a_long_recording_in_stretches():
    frames = np.random.default_rng(0).normal(size=(3, 9, 2)).astype(np.float32)
    inputs = {"frames": frames, "lengths": np.array([9, 4, 1], np.int32)}
    whole = Heard(Summing(50), 2)(inputs)
    assert whole.shape == (3, 5, 1)
    np.testing.assert_allclose(Heard(Summing(4), 2)(inputs), whole, atol=1e-5)


def test_a_file_of_frames_that_do_not_do_says_so():
    inputs = {"frames": np.zeros((1, 9, 2)), "lengths": np.array([9], np.int32)}
    with pytest.raises(BadInput, match=r"has 9 frames of 10 ms and this file takes 8: .* --steps"):
        Heard(Summing(8, states=False), 2)(inputs)
    with pytest.raises(BadInput, match="takes 5 frames at a time, not a multiple of 2"):
        Heard(Summing(5), 2)(inputs)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"RIFF\x00\x00\x00\x00WAVE", "cut short"),
        (b"hello", "no WAV or FLAC"),
    ],
)
def test_commands_name_a_broken_recording(content, message, tmp_path, capsys):
    write_speech(tmp_path / "f", count=12)
    (tmp_path / "f" / "07.wav").write_bytes(content)
    arguments = ["train", "--task", "speech", "--data", str(tmp_path / "f")]
    assert cli.main([*arguments, "--output", str(tmp_path / "run")]) == 2
    complaint = capsys.readouterr().err
    assert "07.wav: " in complaint
    assert message in complaint
    assert "Traceback" not in complaint
    assert not (tmp_path / "run").exists()
    (tmp_path / "f" / "07.wav").unlink()
    (tmp_path / "f" / "03.txt").unlink()
    assert cli.main([*arguments, "--output", str(tmp_path / "run")]) == 2
    assert "03.wav: no transcript" in capsys.readouterr().err


@needs_digits
@pytest.mark.slow
def test_spoken_digits_are_learned(tmp_path):
    """Two minutes: far from the recipe's figures, and as far from guessing."""
    recipe = Path(__file__).parents[2] / "recipes" / "spoken_digits.yaml"
    command = [sys.executable, "-m", "kerasrnn", "train", "--config", recipe, "--data", DIGITS]
    command += ["--epochs", "4", "--output", tmp_path / "run", "--json"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)
    assert "2,025 train, 225 valid, 250 test recordings at 8,000 Hz" in done.stderr
    assert metrics["baseline"]["word_error_rate"] == pytest.approx(0.9)
    assert metrics["test"]["word_error_rate"] < 0.4
