"""From a run to what production takes, every file proved before it gets its name."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.export import folders, lite_writer, litert, serving, tflite, verification
from kerasrnn.export.answers import AnswerNetwork, ServedModel, settings_files
from kerasrnn.export.saved_model import operators, tensor_names, write_saved_model
from kerasrnn.export.settings import FIXED, ExportSettings
from kerasrnn.layers.recurrence import for_inference
from kerasrnn.network import Network
from kerasrnn.runs import Run
from kerasrnn.tasks import Endpoint, Prepared, Request, Task
from kerasrnn.training import configure

EXAMPLES = 32  # held-out rows on which every endpoint is compared
EVALUATED = 2048  # examples on which metrics are compared, if there are so many
REPRESENTATIVE = 64  # training rows by which int8 finds its ranges


class Exporter:
    """Everything that one export needs, in the order it is needed.

    Args:
        run: A run with a model.
        task: Its task.
        name: What the model is called.
        settings: What is to be written.
        say: Takes a line about what is being done.
    """

    def __init__(
        self,
        run: Run,
        task: Task,
        name: str,
        settings: ExportSettings,
        say: Callable[[str], None],
    ):
        # an export is in single precision, whatever the training was in
        configure(dataclasses.replace(task.config, precision="float32"))
        self.run, self.task, self.name, self.settings, self.say = run, task, name, settings, say
        self.transforms = task.load_transforms(run.transforms_folder)
        model = task.build_model(self.transforms)
        # its own, not the saved one, which has the precision of the training
        model.set_weights(run.load_model_like(model).get_weights())
        self.model = task.serving_model(model, self.transforms)
        # before anything takes its time: not every network has every form
        self.twins = {form: _twin(self.model, form) for form in settings.forms()}
        self.prepared = _held_out_data(task)
        run.check_transforms(self.prepared.transforms)
        self.requests = task.requests(self.transforms, self.prepared, EXAMPLES)
        endpoints = task.endpoints(self.model, self.transforms)
        self.endpoints: dict[str, Endpoint] = endpoints
        self.inside: dict[str, Endpoint] = {}  # further signatures of TFLite files
        self.numeric = next(name for name, e in endpoints.items() if e.numeric)
        sizes = [
            size for spec in endpoints[self.numeric].inputs.values() for size in spec.shape[1:]
        ]
        if settings.steps and None not in sizes:
            raise BadInput("--steps: this model always takes as many as it was trained for")
        self.asked = verification.with_state(endpoints, self.requests)
        self.expected = verification.reference(endpoints, self.asked)
        self.sample = task.evaluation_sample(self.prepared.held_out, EVALUATED).cache()
        self.examples = sum(len(target) for _, target, *_ in self.sample)
        network = Network(task, task.training_model(model, self.transforms))
        self.before = task.watch(network, self.sample, self.transforms)[task.monitor]

    def write_saved_model(self, folder: Path) -> dict[str, Any]:
        """Writes one version and proves it; returns what was found."""
        self.say("SavedModel: writing")
        twin = self.twins["graph"]
        tables = [t for x in self.transforms.values() for t in getattr(x, "trackables", list)()]
        endpoints = self.task.endpoints(twin, self.transforms)
        write_saved_model(folder, endpoints, [*(w.value for w in twin.weights), *tables])
        for name, content in self._files("none").items():
            path = folder / folders.SETTINGS / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        serving.write_warmup(folder, self.name, self.few(), self.endpoints)
        self.say("SavedModel: asking it in fresh processes")
        names = tensor_names(folder)
        loaders = [
            verification.ask(loader, folder, self.asked, self.expected, tensors=names)
            for loader in ("saved_model", "c_api")
        ]
        used = sorted(operators(folder))
        return {
            "bytes": sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()),
            "tolerance": verification.TOLERANCE,
            "loaders": loaders,
            "metric": self._metric(folder.name, ServedModel(folder)),
            "operators": used,
            "cudnn": sum("Cudnn" in name for name in used),
        }

    def write_tflite(self, folder: Path) -> dict[str, dict[str, Any]]:
        """Writes one file for each kind of quantisation and proves it; reports by file name."""
        form, kinds = self.settings.rnn, self.settings.quantize
        self.say(f"TFLite: converting ({form}; {', '.join(kinds)})")
        twin = self.twins[form]
        endpoint = self.task.endpoints(twin, self.transforms)[self.numeric]
        shapes = self._fixed(endpoint) if form in FIXED else {}
        frozen = tflite.with_constants(endpoint, twin, shapes)
        representative = self._representative(shapes) if "int8" in kinds else []
        if _one_step(form, shapes) and (loop := self.task.written_inside(twin, self.transforms)):
            self.inside[litert.WRITE] = tflite.with_constants(loop, twin, {})
        reports = tflite.convert(
            frozen, self.numeric, kinds, folder, representative, beside=self.inside
        )
        files = {}
        for kind in kinds:
            name = self.settings.file_name(self.name, kind)
            path = (folder / f"{kind}.tflite").rename(folder / name)
            inside = {litert.FILES + n: content for n, content in self._files(kind).items()}
            tflite.attach(path, inside)
            files[name] = self._prove_tflite(path, kind, reports[kind], shapes)
        return files

    def _prove_tflite(
        self, path: Path, kind: str, report: dict[str, Any], shapes: Mapping[str, Any]
    ) -> dict[str, Any]:
        self.say(f"TFLite: asking {path.name} in a fresh process")
        if report["flex"] or report["custom"]:
            raise RunFailed(f"{path.name} needs operators that TFLite has not: {report}")
        requests, expected = {self.numeric: self.asked[self.numeric]}, self.expected
        if shapes:
            fitted = litert.fit(self.requests[self.numeric], litert.fixed_steps(shapes))
            requests = verification.with_state(self.endpoints, {self.numeric: fitted})
            expected = verification.reference(self.endpoints, requests)
        model = litert.LiteModel(path)
        if model.writing:
            whole = self.asked[self.numeric], self.expected[self.numeric]
            requests[litert.WRITE], written = lite_writer.proof(*whole)
            expected = {**expected, litert.WRITE: written}
        tolerance = verification.TOLERANCE if kind == "none" else None
        asked = verification.ask("tflite", path, requests, expected, tolerance=tolerance)
        return {
            "quantize": kind,
            "rnn": self.settings.rnn,
            "bytes": path.stat().st_size,
            "tolerance": tolerance,
            "loaders": [asked],
            "metric": self._metric(path.name, model),
            **report,
        }

    def _metric(self, what: str, model: Any) -> dict[str, Any]:
        """The task's metric through an exported model, and refusal if it lost too much."""
        network = AnswerNetwork(self.task, model, self.transforms)
        after = self.task.watch(network, self.sample, self.transforms)[self.task.monitor]
        verification.check_metric(what, self.task, self.before, after, self.examples)
        return {
            "name": self.task.monitor,
            "before": self.before,
            "after": after,
            "examples": self.examples,
        }

    def few(self) -> dict[str, Request]:
        """The first requests: examples for a reader, and to warm a server up."""
        return {n: {k: a[:4] for k, a in r.items()} for n, r in self.requests.items()}

    def _fixed(self, endpoint: Endpoint) -> dict[str, Any]:
        steps = self.settings.steps or endpoint.steps
        shapes = {
            name: [1, *(size or steps for size in spec.shape[1:])]
            for name, spec in endpoint.inputs.items()
        }
        if _one_step(self.settings.rnn, shapes):
            # one step written out takes as many rows as come: texts are written side by side
            return {name: [None, *shape[1:]] for name, shape in shapes.items()}
        return shapes

    def _representative(self, shapes: Mapping[str, Any]) -> Sequence[Request]:
        """Requests of one row each from the training part."""
        requests = self.task.requests(self.transforms, self.prepared, REPRESENTATIVE, training=True)
        request = litert.fit(requests[self.numeric], litert.fixed_steps(shapes))
        rows = range(len(next(iter(request.values()))))
        return [{name: array[i : i + 1] for name, array in request.items()} for i in rows]

    def _files(self, kind: str) -> dict[str, bytes]:
        """What `predict` needs beside the network."""
        about = {
            "format": folders.FORMAT,
            "name": self.name,
            "numeric": self.numeric,
            "quantize": kind,
            "rnn": self.settings.rnn,
            "metrics": self.run.metrics() if self.run.finished else None,
            "command": self.settings.command,
        }
        return settings_files(self.run, about)


def _one_step(form: str, shapes: Mapping[str, Any]) -> bool:
    return form == "unrolled" and litert.fixed_steps(shapes) == 1


def _held_out_data(task: Task) -> Prepared:
    try:
        return task.prepare()
    except BadInput as error:
        raise BadInput(f"an export is proved on the data of its run: {error}") from error


def _twin(model: Any, form: str) -> Any:
    try:
        return for_inference(model, form)
    except ValueError as error:
        raise BadInput(f"--rnn {form}: {error}; --rnn loop takes every network") from error
