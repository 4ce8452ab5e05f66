"""A SavedModel run through TensorFlow's C library alone, as TensorFlow Serving runs it.

No Python of TensorFlow is imported: what answers here needs nothing but the files.
"""

import ctypes
import importlib.util
from collections.abc import Mapping, Sequence
from ctypes import c_char_p, c_int, c_int64, c_size_t, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

from kerasrnn.errors import BadInput

STRING = 7  # TF_STRING; the numbers of tensorflow/c/tf_datatype.h
TYPES = {1: np.float32, 2: np.float64, 3: np.int32, 9: np.int64, 10: np.bool_, STRING: object}
TSTRING = 24  # bytes of a TF_TString

_RESULTS = {
    "TF_NewStatus": c_void_p,
    "TF_Message": c_char_p,
    "TF_NewGraph": c_void_p,
    "TF_NewSessionOptions": c_void_p,
    "TF_LoadSessionFromSavedModel": c_void_p,
    "TF_GraphOperationByName": c_void_p,
    "TF_AllocateTensor": c_void_p,
    "TF_TensorData": c_void_p,
    "TF_Dim": c_int64,
    "TF_TensorByteSize": c_size_t,
    "TF_StringGetDataPointer": c_void_p,
    "TF_StringGetSize": c_size_t,
}


class _Output(ctypes.Structure):
    _fields_ = (("operation", c_void_p), ("index", c_int))


class Session:
    """A loaded SavedModel.

    Args:
        folder: Of `saved_model.pb`.
        tensors: Names of the signatures' tensors, as `saved_model.tensor_names` reads them.

    Raises:
        RuntimeError: If the library refuses it.
    """

    def __init__(self, folder: Path, tensors: Mapping[str, Mapping[str, Mapping[str, str]]]):
        self._c = _library()
        self._tensors = tensors
        self._status = c_void_p(self._c.TF_NewStatus())
        self._graph = c_void_p(self._c.TF_NewGraph())
        options = c_void_p(self._c.TF_NewSessionOptions())
        tags = (c_char_p * 1)(b"serve")
        where = str(folder).encode()
        session = self._c.TF_LoadSessionFromSavedModel(
            options, None, c_char_p(where), tags, 1, self._graph, None, self._status
        )
        self._check()
        self._session = c_void_p(session)

    def answer(self, signature: str, request: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Arrays by the names of a signature's inputs to arrays by those of its outputs.

        Raises:
            BadInput: If there is no such signature, or it has no such input.
            RuntimeError: If the library refuses the request.
        """
        if signature not in self._tensors:
            known = ", ".join(sorted(self._tensors))
            raise BadInput(f"no signature '{signature}'; the model has {known}")
        names = self._tensors[signature]
        if unknown := sorted(request.keys() - names["inputs"].keys()):
            known = ", ".join(sorted(names["inputs"]))
            raise BadInput(f"'{signature}' takes no input '{unknown[0]}'; it takes {known}")
        inputs = (_Output * len(request))(*(self._find(names["inputs"][n]) for n in request))
        values = (c_void_p * len(request))(*(self._tensor(a) for a in request.values()))
        outputs = (_Output * len(names["outputs"]))(*map(self._find, names["outputs"].values()))
        results = (c_void_p * len(outputs))()
        self._c.TF_SessionRun(
            *(self._session, None),
            *(inputs, values, len(inputs)),
            *(outputs, results, len(outputs)),
            *(None, 0, None, self._status),
        )
        for value in values:
            self._c.TF_DeleteTensor(c_void_p(value))
        self._check()
        return dict(zip(names["outputs"], map(self._array, results), strict=True))

    def _check(self) -> None:
        if self._c.TF_GetCode(self._status):
            raise RuntimeError(self._c.TF_Message(self._status).decode("utf-8", "replace"))

    def _find(self, tensor: str) -> _Output:
        operation, _, index = tensor.partition(":")
        found = self._c.TF_GraphOperationByName(self._graph, c_char_p(operation.encode()))
        if not found:
            raise RuntimeError(f"the graph has no operation {operation}")
        return _Output(found, int(index or 0))

    def _tensor(self, array: np.ndarray) -> int:
        kind = next(k for k, t in TYPES.items() if np.dtype(t) == array.dtype)
        size = array.size * TSTRING if kind == STRING else array.nbytes
        shape = (c_int64 * array.ndim)(*array.shape)
        tensor = self._c.TF_AllocateTensor(kind, shape, array.ndim, c_size_t(size))
        data = self._c.TF_TensorData(c_void_p(tensor))
        if kind != STRING:
            ctypes.memmove(data, np.ascontiguousarray(array).ctypes.data, size)
            return tensor
        for i, text in enumerate(array.ravel().tolist()):
            place = c_void_p(data + i * TSTRING)
            self._c.TF_StringInit(place)
            self._c.TF_StringCopy(place, c_char_p(text), c_size_t(len(text)))
        return tensor

    def _array(self, result: int) -> np.ndarray:
        tensor = c_void_p(result)
        kind = self._c.TF_TensorType(tensor)
        shape = [self._c.TF_Dim(tensor, i) for i in range(self._c.TF_NumDims(tensor))]
        data = self._c.TF_TensorData(tensor)
        array: np.ndarray[Any, Any] = np.empty(shape, TYPES[kind])
        if kind == STRING:
            array.ravel()[:] = self._texts(data, array.size)
        elif array.size:
            ctypes.memmove(array.ctypes.data, data, array.nbytes)
        self._c.TF_DeleteTensor(tensor)
        return array

    def _texts(self, data: int, count: int) -> Sequence[bytes]:
        places = [c_void_p(data + i * TSTRING) for i in range(count)]
        texts = [
            ctypes.string_at(self._c.TF_StringGetDataPointer(p), self._c.TF_StringGetSize(p))
            for p in places
        ]
        for place in places:
            self._c.TF_StringDealloc(place)
        return texts


def _library() -> ctypes.CDLL:
    spec = importlib.util.find_spec("tensorflow")  # finds it without importing it
    folder = Path(spec.submodule_search_locations[0])
    for name in ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2"):
        library = ctypes.CDLL(str(folder / name), ctypes.RTLD_GLOBAL)
    for name, result in _RESULTS.items():
        getattr(library, name).restype = result
    return library
