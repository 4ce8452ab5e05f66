"""`python -m kerasrnn.export.convert_process WORK OUT SIGNATURES KIND...`: one TFLite conversion.

A program of its own because the converter ends its process on graphs that it does not expect.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerasrnn.export.children import end_with_parent
from kerasrnn.export.exchange import load_arrays
from kerasrnn.quiet import silenced_stderr, start_tensorflow


def main(work: str, out: str, signatures: str, *kinds: str) -> None:
    end_with_parent()
    start_tensorflow()
    report = {}
    for kind in kinds:
        with silenced_stderr():
            content = _convert(Path(work), signatures.split(","), kind)
        (Path(out) / f"{kind}.tflite").write_bytes(content)
        report[kind] = read_operators(content)
    (Path(work) / "report.json").write_text(json.dumps(report))


def _convert(work: Path, signatures: list[str], kind: str) -> bytes:
    import tensorflow as tf

    # it breaks down on loops, which those after the first may have
    keys = signatures[:1] if kind == "int8" else signatures
    converter = tf.lite.TFLiteConverter.from_saved_model(str(work / "model"), signature_keys=keys)
    if kind != "none":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        converter.representative_dataset = lambda: _representative(work, keys[0])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    return _without_clip(converter.convert())


def _without_clip(content: bytes) -> bytes:
    """The converter has the fused LSTM clip its memory at 10, as Keras's never does."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    operators = (operator for graph in model.subgraphs for operator in graph.operators)
    fused = [
        operator.builtinOptions
        for operator in operators
        if isinstance(operator.builtinOptions, schema.UnidirectionalSequenceLSTMOptionsT)
    ]
    if not fused:
        return content
    import flatbuffers

    for options in fused:
        options.cellClip = 0.0
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _representative(work: Path, signature: str) -> Iterator[Any]:
    for path in sorted(work.glob("representative_*.npz")):
        yield signature, load_arrays(path)


def read_operators(content: bytes) -> dict[str, Any]:
    """How often each operator occurs in a TFLite file, in all of its subgraphs."""
    from tensorflow.lite.python import schema_py_generated as schema

    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    codes = [
        code.customCode.decode()
        if code.customCode
        else names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        for code in model.operatorCodes
    ]
    custom = [code.customCode.decode() for code in model.operatorCodes if code.customCode]
    used = Counter(codes[op.opcodeIndex] for graph in model.subgraphs for op in graph.operators)
    return {
        "operators": dict(sorted(used.items())),
        "flex": sum(name.startswith("Flex") for name in custom),
        "custom": sum(not name.startswith("Flex") for name in custom),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
