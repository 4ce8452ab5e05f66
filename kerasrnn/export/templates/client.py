#!/usr/bin/env python3
"""Asks a model that TensorFlow Serving serves, and prints one JSON value for each row.

Over REST Python 3.10 alone is enough; `--protocol grpc` needs tensorflow-serving-api.
"""

import argparse
import contextlib
import http.client
import json
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

SIGNATURE = "serving_default"
PORTS = {"rest": 8501, "grpc": 8500}

# filled in by the export: the inputs' types, and a row of them
MODEL: str = "@model@"
DTYPES: dict[str, str] = "@dtypes@"
EXAMPLE: dict[str, Any] = "@example@"

TEXT = next((name for name, dtype in DTYPES.items() if dtype == "string"), None)
SETTINGS = {name: value for name, value in EXAMPLE.items() if isinstance(value, (int, float))}


class Failure(Exception):
    """What went wrong, in one line for a person."""


def main() -> None:
    sys.stdout.reconfigure(encoding="utf-8")
    args = parse()
    try:
        rows = choose_rows(args)
        if args.show:
            print(json.dumps(body(rows), ensure_ascii=False))
            return
        check_server(args)
        for answer in ask_rest(rows, args) if args.protocol == "rest" else ask_grpc(rows, args):
            print(json.dumps(answer, ensure_ascii=False))
    except Failure as failure:
        sys.exit(f"{os.path.basename(sys.argv[0])}: {failure}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    if TEXT:
        parser.add_argument("texts", nargs="*", metavar=TEXT, help="left out: an example")
    for name, value in SETTINGS.items():
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, type=type(value), default=value, help=f"(default {value})")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, help="(default 8501 for rest, 8500 for grpc)")
    parser.add_argument("--protocol", choices=list(PORTS), default="rest")
    parser.add_argument("--timeout", type=float, default=60, help="seconds (default 60)")
    parser.add_argument("--request", metavar="FILE", help="rows to send, as --show prints them")
    parser.add_argument("--show", action="store_true", help="print the request, send nothing")
    args = parser.parse_args()
    args.port = args.port or PORTS[args.protocol]
    if args.request and getattr(args, "texts", None):
        parser.error(f"give {TEXT} or --request, not both")
    return args


def choose_rows(args: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows to send: of the file, of the command line, or the example."""
    if args.request:
        return read_rows(args.request)
    row = {**EXAMPLE, **{name: getattr(args, name) for name in SETTINGS}}
    texts = getattr(args, "texts", None)
    return [{**row, TEXT: text} for text in texts] if texts else [row]


def read_rows(path: str) -> list[dict[str, Any]]:
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"{path} is not JSON: {error}") from error
    rows = content.get("instances") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Failure(f"{path} has no list 'instances'; see --show")
    for row in rows:
        if not isinstance(row, dict) or set(row) != set(DTYPES):
            raise Failure(f"{path}: every instance needs {', '.join(DTYPES)} and nothing else")
    return rows


def body(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A request of REST."""
    return {"signature_name": SIGNATURE, "instances": rows}


def check_server(args: argparse.Namespace) -> None:
    """Says at once, and alike for both protocols, that nothing listens there."""
    try:
        socket.create_connection((args.host, args.port), args.timeout).close()
    except (OSError, OverflowError) as error:
        raise Failure(
            f"no server at {args.host}:{args.port} ({error}); `docker compose up` in the model's "
            "folder starts one"
        ) from error


def ask_rest(rows: list[dict[str, Any]], args: argparse.Namespace) -> list[Any]:
    request = urllib.request.Request(
        f"http://{args.host}:{args.port}/v1/models/{MODEL}:predict",
        data=json.dumps(body(rows)).encode(),
        headers={"Content-Type": "application/json"},
    )
    # straight to the server, as the check above went, whatever proxy the environment names
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=args.timeout) as response:
            return json.load(response)["predictions"]
    except urllib.error.HTTPError as error:
        raise Failure(f"the server answers {error.code}: {reason(error.read())}") from error
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"no answer from {args.host}:{args.port} ({error})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(f"{args.host}:{args.port} does not answer as TensorFlow Serving") from error


def reason(content: bytes) -> str:
    """What TensorFlow Serving says of an error, on one line."""
    text = content.decode(errors="replace")
    with contextlib.suppress(ValueError, KeyError, TypeError):  # from something else: as it is
        text = str(json.loads(text)["error"])
    return " ".join(text.split())[:500]


def ask_grpc(rows: list[dict[str, Any]], args: argparse.Namespace) -> list[Any]:
    try:
        with silenced():
            import grpc
            import tensorflow as tf
            from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
    except ModuleNotFoundError as error:
        raise Failure(
            f"--protocol grpc lacks {error.name}: pip install tensorflow-serving-api"
        ) from error
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = MODEL, SIGNATURE
    for name, dtype in DTYPES.items():
        try:
            tensor = tf.make_tensor_proto([row[name] for row in rows], dtype=dtype)
        except (TypeError, ValueError) as error:
            raise Failure(f"{name} is no array of {dtype}: {str(error).splitlines()[0]}") from error
        request.inputs[name].CopyFrom(tensor)
    options = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"{args.host}:{args.port}", options) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        try:
            outputs = stub.Predict(request, args.timeout).outputs
        except grpc.RpcError as error:
            details = " ".join(str(error.details()).split())[:500]
            raise Failure(f"the server answers {error.code().name}: {details}") from error
    return by_row({name: tf.make_ndarray(tensor) for name, tensor in outputs.items()})


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Keeps from standard error what TensorFlow's library says of the machine while it loads."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    saved = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def by_row(outputs: dict[str, Any]) -> list[Any]:
    """Rows as REST gives them: a single output bare, several by their names."""
    columns = {name: readable(array.tolist()) for name, array in outputs.items()}
    if len(columns) == 1:
        return next(iter(columns.values()))
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def readable(value: Any) -> Any:
    if isinstance(value, list):
        return [readable(item) for item in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


if __name__ == "__main__":
    main()
