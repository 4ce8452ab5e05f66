"""Exported models in the place of a run's network, for `predict`, `evaluate` and `generate`."""

import dataclasses
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import yaml

from kerasrnn import plain_arrays
from kerasrnn.errors import BadInput
from kerasrnn.export import folders, litert
from kerasrnn.files import read_json
from kerasrnn.network import Carrying
from kerasrnn.registry import TASKS
from kerasrnn.runs import Run
from kerasrnn.sampling import Sampling
from kerasrnn.tasks import Exported, Request, Task
from kerasrnn.text_beams import likeliest
from kerasrnn.writing import Writer, draw


class AnswerNetwork(Carrying):
    """What a task asks of a `Network`, answered by an exported model.

    Args:
        task: The task.
        model: Its exported numeric endpoint.
        transforms: The fitted transforms.
    """

    def __init__(self, task: Task, model: Exported, transforms: Mapping[str, Any]):
        super().__init__(task, task.through(model, transforms))


class ServedModel:
    """The numeric signature of a SavedModel.

    Args:
        folder: Of `saved_model.pb`.
    """

    steps = None

    def __init__(self, folder: Path):
        import tensorflow as tf

        from kerasrnn.quiet import silenced_stderr

        try:
            with silenced_stderr():
                self._loaded = tf.saved_model.load(str(folder))
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise BadInput(f"{folder} cannot be loaded: {str(error).splitlines()[0]}") from error
        name = read_json(folder / folders.SETTINGS / "export.json")["numeric"]
        self._signature = self._loaded.signatures[name]
        self._specs = self._signature.structured_input_signature[1]
        self.shapes = {
            name: tuple(-1 if size is None else size for size in spec.shape)
            for name, spec in self._specs.items()
        }

    def answer(self, request: Request) -> Request:
        """Arrays by name to arrays by name, the batch first."""
        import tensorflow as tf

        tensors = {n: tf.constant(request[n], spec.dtype) for n, spec in self._specs.items()}
        return {name: tensor.numpy() for name, tensor in self._signature(**tensors).items()}


@dataclass(frozen=True)
class ExportedModel:
    """An exported model, opened.

    Args:
        path: The `.tflite` file, or the version's folder.
        files: What the exporter put into it, by name.
    """

    path: Path
    files: Mapping[str, bytes]

    @property
    def lite(self) -> bool:
        """Whether it runs without TensorFlow."""
        return self.path.is_file()

    def about(self) -> dict[str, Any]:
        """What the exporter said of it."""
        return self._read("export.json", json.loads)

    def settings(self) -> dict[str, Any]:
        """The run's settings."""
        return self._read("config.yaml", yaml.safe_load)

    def transforms(self, task: Task) -> Mapping[str, Any]:
        """The fitted transforms."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.files.items():
                # whatever an archive from elsewhere says, its files go nowhere else
                inside = PurePosixPath(name)
                if len(inside.parts) == 2 and inside.parts[0] == "transforms":
                    (Path(folder) / inside.name).write_bytes(content)
            return task.load_transforms(Path(folder), graph=not self.lite)

    def model(self, *, threads: int = 1) -> Exported:
        """The network; `threads` are the processors that a TFLite file may use."""
        return litert.LiteModel(self.path, threads=threads) if self.lite else ServedModel(self.path)

    def _read(self, name: str, parse: Any) -> dict[str, Any]:
        try:
            value = parse(self.files[name].decode("utf-8"))
        except (KeyError, ValueError, yaml.YAMLError) as error:
            raise BadInput(f"{self.path}: its {name} is missing or broken ({error})") from error
        if not isinstance(value, dict):
            raise BadInput(f"{self.path}: its {name} is broken")
        return value


def find_exported(path: str | Path) -> ExportedModel | None:
    """The exported model at a path; none if it is no such file or folder.

    Raises:
        BadInput: If it is one that this program did not make, or a broken one.
    """
    path = Path(path)
    if path.suffix == ".tflite":
        return ExportedModel(path, litert.read_files(path))
    version = folders.last_version(path)
    if version is None or (path / "config.yaml").exists():
        return None
    inside = version / folders.SETTINGS
    if not (inside / "export.json").is_file():
        raise BadInput(f"{version} was not made by kerasrnn export: it has no {folders.SETTINGS}")
    files = [p for p in inside.rglob("*") if p.is_file()]
    return ExportedModel(version, {str(p.relative_to(inside)): p.read_bytes() for p in files})


class AnswerWriter(Writer):
    """Continues texts with an exported language model, its state outside of it.

    Args:
        network: Of the exported model.
        text: Its tokenizer and vocabulary.
        sampling: How to draw.
    """

    def __init__(self, network: AnswerNetwork, text: Any, sampling: Sampling):
        super().__init__(text, sampling)
        self._network = network

    def read(self, ids: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        task, model = self._network.task, self._network.model
        return self._step(ids.astype(np.int32), task.initial_carry(model, len(ids)))

    def piece(self, position: int, count: int) -> np.ndarray:
        drawn = np.zeros((len(self.seeds), count), np.int32)
        for i in range(count):
            drawn[:, i] = draw(self.logits, self.sampling, self.seeds, position + i)
            self.logits, self.state = self._step(drawn[:, i : i + 1], self.state)
        return drawn

    def likeliest(self, length: int, beam: int) -> np.ndarray:
        logits, *state = (np.repeat(array, beam, 0) for array in (self.logits, *self.state))

        def step(ids: np.ndarray, state: list) -> tuple[np.ndarray, list]:
            return self._step(ids[:, None].astype(np.int32), state)

        return likeliest(plain_arrays, step, logits, state, width=beam, length=length)

    def _step(self, ids: np.ndarray, state: list) -> tuple[np.ndarray, list[np.ndarray]]:
        outputs = self._network.model({"ids": ids, "state": state})
        return outputs["logits"][:, -1] + self.forbidden, outputs["state"]


def settings_files(run: Run, about: Mapping[str, Any]) -> dict[str, bytes]:
    """What `Exported` reads: the settings, the transforms, what the exporter says."""
    settings = dict(run.settings())
    for field in dataclasses.fields(TASKS.load(settings["task"]).config_type):
        # where the files were on the machine of the training is nobody's business
        if field.metadata["path"] and settings.get(field.name):
            settings[field.name] = Path(settings[field.name]).name
    files = {
        "export.json": json.dumps(dict(about), indent=2).encode(),
        "config.yaml": yaml.safe_dump(settings, sort_keys=False, allow_unicode=True).encode(),
    }
    for path in sorted(run.transforms_folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            files[f"transforms/{path.name}"] = path.read_bytes()
    return files
