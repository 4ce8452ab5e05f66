"""What stands in for TensorFlow Serving: its REST and gRPC ports on a model in this process."""

import contextlib
import http.server
import json
import threading
from concurrent import futures

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc


class Model:
    """A SavedModel with a name, as a server has it."""

    def __init__(self, folder, name):
        self.loaded = tf.saved_model.load(str(folder))
        self.name = name
        self.state = "AVAILABLE"
        self.requests = []  # arrays by name, as they arrived

    def answer(self, signature, inputs):
        """Arrays by name; strict about names and types, as the server is."""
        function = self.loaded.signatures[signature]
        specs = function.structured_input_signature[1]
        if set(specs) != set(inputs):
            raise ValueError(f"input keys {sorted(inputs)}, wanted {sorted(specs)}")
        for name, spec in specs.items():
            if tf.as_dtype(inputs[name].dtype) != spec.dtype:
                raise ValueError(f"{name} is {inputs[name].dtype}, wanted {spec.dtype.name}")
        self.requests.append(inputs)
        outputs = function(**{name: tf.constant(array) for name, array in inputs.items()})
        return {name: tensor.numpy() for name, tensor in outputs.items()}


@contextlib.contextmanager
def http_port(handler):
    """The port that a handler answers at."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def rest(model):
    """The port of the REST interface, row format."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.path == f"/v1/models/{model.name}"
            status = {"model_version_status": [{"version": "1", "state": model.state}]}
            self.reply(*((200, status) if known else (404, {"error": "Could not find"})))

        def do_POST(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != f"/v1/models/{model.name}:predict":
                return self.reply(404, {"error": f"Malformed request: POST {self.path}"})
            try:
                return self.reply(200, {"predictions": _rows(model, json.loads(content))})
            except (ValueError, KeyError) as error:
                return self.reply(400, {"error": f"Failed to process\n{error}"})

        def reply(self, status, value):
            self.send_response(status)
            self.end_headers()
            # TensorFlow Serving indents
            self.wfile.write(json.dumps(value, indent=4, ensure_ascii=False).encode())

        def log_message(self, *args):
            pass

    return http_port(Handler)


def _rows(model, body):
    signature, instances = body["signature_name"], body["instances"]
    specs = model.loaded.signatures[signature].structured_input_signature[1]
    if any(set(row) != set(instances[0]) for row in instances):
        raise ValueError("instances with different keys")
    inputs = {}
    for name in instances[0]:
        values, dtype = [row[name] for row in instances], specs[name].dtype
        if dtype == tf.string:
            inputs[name] = np.array([text.encode() for text in values], object)
        else:
            inputs[name] = np.array(values, dtype.as_numpy_dtype)
    outputs = model.answer(signature, inputs)
    columns = {name: _plain(array.tolist()) for name, array in outputs.items()}
    if len(columns) == 1:
        return next(iter(columns.values()))
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value):
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value


class _Service(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, model):
        self.model = model

    def Predict(self, request, context):
        spec = request.model_spec
        if spec.name != self.model.name:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found: {spec.name}")
        inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        try:
            outputs = self.model.answer(spec.signature_name, inputs)
        except ValueError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        response = predict_pb2.PredictResponse()
        for name, array in outputs.items():
            response.outputs[name].CopyFrom(tf.make_tensor_proto(array))
        return response


@contextlib.contextmanager
def grpc_port(model):
    """The port of the gRPC interface."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_Service(model), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()
