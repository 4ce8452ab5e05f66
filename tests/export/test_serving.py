"""What goes to TensorFlow Serving, read as Serving reads it and asked as a client asks."""

import functools
import http.server
import json
import re
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import yaml
from fake_serving import Model, grpc_port, http_port, rest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf import wrappers_pb2 as wrappers
from small_runs import CORE, EACH, small_config
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from kerasrnn.errors import BadInput
from kerasrnn.export import serving
from kerasrnn.export.saved_model import write_saved_model
from kerasrnn.layers.recurrence import for_inference
from kerasrnn.registry import TASKS
from kerasrnn.tasks import Endpoint
from kerasrnn.training import configure

ROWS = 5
# a forecast of one number, so that there is a regress endpoint too
SETTINGS = {"forecasting": {"horizon": 1, "targets": "load"}}


class Export:
    """A task's untrained model, exported as a person would find it."""

    def __init__(self, task, folder):
        config = small_config(task, folder, **SETTINGS.get(task, {}))
        configure(config)
        task = TASKS.load(task)(config)
        prepared = task.prepare()
        transforms = prepared.transforms
        model = task.serving_model(task.build_model(transforms), transforms)
        twin = for_inference(model, "graph")
        tables = [t for x in transforms.values() for t in getattr(x, "trackables", list)()]
        self.folder, self.version, self.name = folder / "exported", folder / "exported" / "1", "m-1"
        self.requests = task.requests(transforms, prepared, ROWS)
        self.endpoints = task.endpoints(twin, transforms)
        write_saved_model(self.version, self.endpoints, [*(w.value for w in twin.weights), *tables])
        serving.write_warmup(self.version, self.name, self.requests, self.endpoints)
        serving.write_serving_files(self.folder, self.name, self.requests, self.endpoints)

    def model(self):
        return Model(self.version, self.name)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Task name to its export, made once."""
    return functools.cache(lambda task: Export(task, tmp_path_factory.mktemp(task)))


@pytest.fixture(scope="module", params=EACH)
def export(request, exported):
    return exported(request.param)


@pytest.fixture(scope="module")
def strings(tmp_path_factory):
    """A model of one text in, two answers out, made by hand."""
    folder = tmp_path_factory.mktemp("strings")

    def answer(inputs):
        text = inputs["text"]
        return {"size": tf.strings.length(text), "upper": tf.strings.upper(text, "utf-8")}

    endpoints = {
        "serving_default": Endpoint(answer, {"text": tf.TensorSpec([None], tf.string)}, "sizes")
    }
    awkward = ['"""it\'s" \\n @name@ @rows@\n{}' + " and so on" * 40, "Grüße, 世界", "b"]
    requests = {"serving_default": {"text": np.array([t.encode() for t in awkward], object)}}
    write_saved_model(folder / "1", endpoints, [])
    serving.write_serving_files(folder, "strings", requests, endpoints)
    return Model(folder / "1", "strings"), folder / "client.py", awkward


def records(version):
    path = version / "assets.extra" / "tf_serving_warmup_requests"
    return [
        PredictionLog.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(path))
    ]


def examples(log):
    """Serialised rows of a classify or regress record."""
    messages = log.request.input.example_list.examples
    return np.array([message.SerializeToString() for message in messages], object)


def same_examples(first, second):
    """Compared parsed: the order of a map's entries is nobody's promise."""
    return [tf.train.Example.FromString(m) for m in first] == [
        tf.train.Example.FromString(m) for m in second
    ]


def test_warmup_asks_every_endpoint_for_one_row_and_for_all(export):
    seen = []
    for record in records(export.version):
        kind = record.WhichOneof("log_type")
        log = getattr(record, kind)
        spec = log.request.model_spec
        assert spec.name == export.name
        request = export.requests[spec.signature_name]
        if kind == "predict_log":
            inputs = {n: tf.make_ndarray(t) for n, t in log.request.inputs.items()}
            rows = len(next(iter(inputs.values())))
            assert set(inputs) == set(request)
            for name, array in inputs.items():
                np.testing.assert_array_equal(array, request[name][:rows])
                wanted = export.endpoints[spec.signature_name].inputs[name]
                assert log.request.inputs[name].dtype == wanted.dtype.as_datatype_enum
        else:
            rows = len(examples(log))
            assert same_examples(examples(log), request["inputs"][:rows])
        seen.append((spec.signature_name, kind.removesuffix("_log"), rows))
    assert seen == [
        (name, endpoint.method, rows)
        for name, endpoint in export.endpoints.items()
        for rows in (1, ROWS)
    ]


def test_every_kind_of_endpoint_is_among_the_tasks(exported):
    """Without this the test above could do without classify and regress."""
    exports = [exported(task) for task in CORE]
    methods = {endpoint.method for export in exports for endpoint in export.endpoints.values()}
    assert methods == {"predict", "classify", "regress"}


def test_the_model_answers_every_warmup_request(export):
    signatures = export.model().loaded.signatures
    for record in records(export.version):
        log = getattr(record, record.WhichOneof("log_type"))
        name = log.request.model_spec.signature_name
        if record.HasField("predict_log"):
            inputs = {n: tf.make_ndarray(t) for n, t in log.request.inputs.items()}
        else:
            inputs = {"inputs": examples(log)}
        answers = signatures[name](**{n: tf.constant(a) for n, a in inputs.items()})
        rows = len(next(iter(inputs.values())))
        assert {len(answer) for answer in answers.values()} == {rows}


def warm(folder, rows, name="m"):
    requests = {"serving_default": {"x": np.arange(rows, dtype=np.float32)}}
    spec = {"x": tf.TensorSpec([None], tf.float32)}
    serving.write_warmup(folder, name, requests, {"serving_default": Endpoint(dict, spec, "")})
    return [r.predict_log.request.inputs["x"].tensor_shape.dim[0].size for r in records(folder)]


def test_warmup_has_no_more_rows_than_a_batch(tmp_path):
    assert warm(tmp_path, 1) == [1]
    assert warm(tmp_path, 1000) == [1, serving.MOST_ROWS]


def test_warmup_is_the_same_to_the_byte_and_leaves_nothing_else(export, tmp_path):
    serving.write_warmup(tmp_path, export.name, export.requests, export.endpoints)
    [path] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert path.relative_to(tmp_path) == serving.WARMUP
    assert path.read_bytes() == (export.version / serving.WARMUP).read_bytes()


@pytest.mark.parametrize("name", ["", "a b", "../a", "-a", "é", 'a"', "a\n", "a:b", ".hidden"])
def test_a_name_that_needs_quoting_is_refused_and_nothing_written(tmp_path, name):
    with pytest.raises(BadInput, match="cannot name a model"):
        warm(tmp_path, 1, name)
    with pytest.raises(BadInput, match="cannot name a model"):
        serving.write_serving_files(tmp_path, name, {}, {})
    assert list(tmp_path.iterdir()) == []


def test_models_config_serves_the_highest_version(export):
    text = (export.folder / "models.config").read_text()
    [config] = text_format.Parse(text, ModelServerConfig()).model_config_list.config
    assert (config.name, config.base_path) == (export.name, f"/models/{export.name}")
    assert config.model_platform == "tensorflow"
    assert config.model_version_policy.latest.num_versions == 1


def batching_parameters():
    """The message, which tensorflow-serving-api does not ship.

    Fields as in tensorflow_serving/servables/tensorflow/session_bundle_config.proto.
    """
    field = descriptor_pb2.FieldDescriptorProto
    wrapped = {
        "max_batch_size": ("Int64Value", 1),
        "batch_timeout_micros": ("Int64Value", 2),
        "max_enqueued_batches": ("Int64Value", 3),
        "num_batch_threads": ("Int64Value", 4),
        "thread_pool_name": ("StringValue", 5),
    }
    optional, repeated = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    message = descriptor_pb2.DescriptorProto(name="BatchingParameters")
    for name, (kind, number) in wrapped.items():
        message.field.add(
            name=name,
            number=number,
            label=optional,
            type=field.TYPE_MESSAGE,
            type_name=f".google.protobuf.{kind}",
        )
    message.field.add(name="allowed_batch_sizes", number=6, label=repeated, type=field.TYPE_INT64)
    message.field.add(
        name="pad_variable_length_inputs", number=7, label=optional, type=field.TYPE_BOOL
    )
    file = descriptor_pb2.FileDescriptorProto(
        name="batching.proto",
        package="tensorflow.serving",
        syntax="proto3",
        dependency=[wrappers.DESCRIPTOR.name],
        message_type=[message],
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    found = pool.FindMessageTypeByName("tensorflow.serving.BatchingParameters")
    return message_factory.GetMessageClass(found)()


def test_batching_config_takes_what_warmup_sends_and_never_pads(export):
    text = (export.folder / "batching.config").read_text()
    config = text_format.Parse(text, batching_parameters())
    assert config.max_batch_size.value == serving.MOST_ROWS
    assert 0 < config.batch_timeout_micros.value <= 10_000
    assert config.max_enqueued_batches.value > 0
    assert not config.pad_variable_length_inputs
    assert not config.allowed_batch_sizes


def compose(export):
    return yaml.safe_load((export.folder / "docker-compose.yml").read_text())["services"]["serving"]


def test_the_compose_file_names_files_that_are_there(export):
    service = compose(export)
    [volume] = service["volumes"]
    outside, inside, mode = volume.split(":")
    assert (outside, inside, mode) == ("./", f"/models/{export.name}", "ro")
    paths = re.findall(rf"{inside}/(\S+)", " ".join(service["command"]))
    assert paths == ["models.config", "batching.config"]
    assert all((export.folder / path).is_file() for path in paths)
    assert service["ports"] == ["8500:8500", "8501:8501"]
    assert "@" not in (export.folder / "docker-compose.yml").read_text()


def test_the_image_is_of_the_tensorflow_that_exports(export):
    found = re.fullmatch(r"\$\{SERVING_IMAGE:-tensorflow/serving:(.*)}", compose(export)["image"])
    assert found
    assert found[1].split(".")[:2] == tf.__version__.split(".")[:2]


def test_the_health_check_waits_for_the_model(strings, export):
    command, *arguments = compose(export)["healthcheck"]["test"]
    assert command == "CMD"
    model, *_ = strings

    def check(port):
        here = [a.replace("8501", str(port)).replace(export.name, model.name) for a in arguments]
        return subprocess.run(here, capture_output=True, timeout=60).returncode

    with rest(model) as port:
        assert check(port) == 0
        model.state = "LOADING"
        assert check(port) != 0
        model.state = "AVAILABLE"
    assert check(closed_port()) != 0


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_client(client, *arguments):
    """The script as a person runs it, proxies and all."""
    command = [sys.executable, str(client), "--host", "127.0.0.1", *map(str, arguments)]
    env = {"PATH": "/usr/bin:/bin", "http_proxy": "http://127.0.0.1:9", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)


def answers(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def expected(model, request):
    """What the client should print for one row: a single output bare, as REST has it."""
    columns = {n: to_text(a.tolist()) for n, a in model.answer("serving_default", request).items()}
    if len(columns) == 1:
        return next(iter(columns.values()))
    return [{name: columns[name][0] for name in columns}]


def to_text(value):
    if isinstance(value, list):
        return [to_text(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def same(one, other):
    """Equal texts, numbers equal in single precision."""
    if isinstance(one, dict):
        return set(one) == set(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == (pytest.approx(other, rel=1e-5, abs=1e-6) if isinstance(one, float) else other)


def first_row(export):
    return {name: array[:1] for name, array in export.requests["serving_default"].items()}


def test_the_client_asks_the_example_over_rest(export):
    model = export.model()
    with rest(model) as port:
        given = answers(run_client(export.folder / "client.py", "--port", port))
    [arrived] = model.requests
    for name, array in first_row(export).items():
        assert arrived[name].dtype == array.dtype
        np.testing.assert_array_equal(arrived[name], array)
    assert same(given, expected(model, first_row(export)))


def test_the_client_asks_the_example_over_grpc(export, capsys, monkeypatch):
    # in this process: TensorFlow takes its time to start
    model, client = export.model(), str(export.folder / "client.py")
    with grpc_port(model) as port:
        arguments = ["--protocol", "grpc", "--host", "127.0.0.1", "--port", str(port)]
        monkeypatch.setattr(sys, "argv", [client, *arguments])
        monkeypatch.setattr(type(sys.stdout), "reconfigure", lambda *a, **k: None, raising=False)
        runpy.run_path(client, run_name="__main__")
    [arrived] = model.requests
    for name, array in first_row(export).items():
        np.testing.assert_array_equal(arrived[name], array)
    given = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert same(given, expected(model, first_row(export)))


def test_texts_of_ones_own_over_rest_and_grpc(strings):
    model, client, _ = strings
    texts = ["a", 'Größe "世界"', ""]
    wanted = [{"size": len(t.encode()), "upper": t.upper()} for t in texts]
    with rest(model) as port:
        assert answers(run_client(client, "--port", port, *texts)) == wanted
    with grpc_port(model) as port:
        done = run_client(client, "--protocol", "grpc", "--port", port, *texts)
    assert answers(done) == wanted


def test_an_awkward_example_survives_being_embedded(strings):
    model, client, awkward = strings
    [shown] = answers(run_client(client, "--show"))
    assert shown["instances"] == [{"text": awkward[0]}]
    with rest(model) as port:
        [answer] = answers(run_client(client, "--port", port))
    assert answer["upper"] == awkward[0].upper()


def test_settings_of_generation_are_flags(exported):
    export = exported("text_generation")
    model, client = export.model(), export.folder / "client.py"
    flags = ["--length", 7, "--temperature", 0.5, "--top-k", 0, "--top-p", 0.9, "--seed", 3]
    with rest(model) as port:
        texts = answers(run_client(client, "--port", port, "ab", "c", *flags))
    assert [len(text) for text in texts] == [7, 7]
    [arrived] = model.requests
    assert arrived["prompt"].tolist() == [b"ab", b"c"]
    wanted = {"length": 7, "temperature": 0.5, "top_k": 0, "top_p": 0.9, "seed": 3}
    for name, value in wanted.items():
        assert arrived[name].tolist() == [np.float32(value)] * 2


def test_what_show_prints_can_be_edited_and_sent(exported, tmp_path):
    export = exported("forecasting")
    model, client = export.model(), export.folder / "client.py"
    request = json.loads(run_client(client, "--show").stdout)
    assert request["signature_name"] == "serving_default"
    [row] = request["instances"]
    request["instances"] = [row, {**row, "past": (2 * np.array(row["past"])).tolist()}]
    (tmp_path / "own.json").write_text(json.dumps(request))
    with rest(model) as port:
        assert (
            len(answers(run_client(client, "--port", port, "--request", tmp_path / "own.json")))
            == 2
        )
    [arrived] = model.requests
    np.testing.assert_allclose(arrived["past"][1], 2 * arrived["past"][0], rtol=1e-6)


def fails(done, *words):
    """One line for a person that has the words, and nothing else."""
    assert done.returncode == 1, done
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("client.py: ")
    for word in words:
        assert word in line
    return True


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_no_server_is_one_line(strings, protocol):
    _, client, _ = strings
    port = closed_port()
    done = run_client(client, "--protocol", protocol, "--port", port)
    assert fails(done, f"no server at 127.0.0.1:{port}", "refused")


def test_a_refusal_is_passed_on(strings, tmp_path):
    model, client, _ = strings
    other = tmp_path / "client.py"
    other.write_text(client.read_text().replace("'strings'", "'unknown'"))
    with rest(model) as port:
        assert fails(run_client(other, "--port", port), "404", "Malformed request")
    with grpc_port(model) as port:
        done = run_client(other, "--port", port, "--protocol", "grpc")
    assert fails(done, "NOT_FOUND", "unknown")


def test_something_else_on_the_port_is_said(strings):
    class Page(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *args):
            pass

    with http_port(Page) as port:
        assert fails(
            run_client(strings[1], "--port", port), "does not answer as TensorFlow Serving"
        )


def test_a_package_that_is_missing_is_named(strings, tmp_path):
    model, client, _ = strings
    # found before the real one, as the script's own folder comes first
    copy = tmp_path / "client.py"
    copy.write_text(client.read_text())
    (tmp_path / "grpc.py").write_text("raise ModuleNotFoundError(name='grpc')\n")
    with grpc_port(model) as port:
        done = run_client(copy, "--port", port, "--protocol", "grpc")
    assert fails(done, "lacks grpc", "pip install tensorflow-serving-api")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read"),
        ("{", "is not JSON"),
        ('{"instances": []}', "has no list 'instances'"),
        ("[1]", "has no list 'instances'"),
        ('{"instances": [{"txt": "a"}]}', "every instance needs text"),
    ],
)
def test_a_request_file_that_is_no_use(strings, tmp_path, content, words):
    path = tmp_path / "request.json"
    if content is not None:
        path.write_text(content)
    assert fails(run_client(strings[1], "--request", path), "request.json", words)


def test_the_client_needs_nothing_of_this_package(export):
    assert "kerasrnn" not in Path(export.folder / "client.py").read_text()


def test_the_requests_in_the_documentation_are_what_the_models_take(exported):
    text = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
    bodies = [json.loads(body) for body in re.findall(r"-d '(\{.*?\})'", text, re.DOTALL)]
    asked = [set(body["instances"][0]) for body in bodies if "instances" in body]
    tasks = ("sentiment", "text_generation")
    assert asked == [set(exported(t).endpoints["serving_default"].inputs) for t in tasks]
    assert f"{serving.IMAGE} " in text
