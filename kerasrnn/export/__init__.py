"""From a run to what production takes: SavedModels, TFLite files, and the proof that they agree.

from kerasrnn.export import export
export("runs/imdb", output="exported_models/imdb", quantize=("none", "dynamic"))
"""

import errno
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kerasrnn.errors import BadInput, RunFailed
from kerasrnn.export import folders
from kerasrnn.export.settings import FORMATS, ExportSettings
from kerasrnn.files import read_json

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what was asked for is right: the disk is not


def export(
    run: str | Path,
    *,
    output: str | Path = "",
    formats: Sequence[str] = FORMATS,
    quantize: Sequence[str] = ("none",),
    rnn: str = "loop",
    steps: int = 0,
    version: int | None = None,
    command: str = "",
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Writes a run's best model for TensorFlow Serving and TFLite, and proves what it wrote.

    Nothing gets its final name before it has answered like the trained model in fresh processes.

    Args:
        run: Folder of the run.
        output: Folder of the exported model; `exported_models/<run's name>` if left out.
        formats: `saved_model`, `tflite`.
        quantize: `none`, `float16`, `dynamic` (int8 weights), `int8` (all of it); a file each.
        rnn: Recurrent layers in TFLite: `loop`, `fused` (LSTM) or `unrolled`.
        steps: Of the forms with a fixed number; 0 for the task's own.
        version: Of the SavedModel, from 1 on; none for the next free one.
        command: What the model card says made it.
        say: Takes a line about what is being done.

    Returns:
        What `verification.json` holds, and the `folder`.

    Raises:
        BadInput: If the run, the output or a setting cannot be used.
        RunFailed: If a file cannot be made, or answers differently.
    """
    from kerasrnn.opening import open_run

    made_by = command or f"kerasrnn export {run}"
    settings = ExportSettings(
        formats=tuple(formats),
        quantize=tuple(quantize),
        rnn=rnn,
        steps=steps,
        version=version,
        command=made_by,
    )
    opened, name, task = open_run(str(run))
    if not opened.model_path.is_file():
        raise BadInput(f"{run} has no trained model yet; go on with --resume {run}")
    folder = Path(output) if output else Path("exported_models") / opened.folder.resolve().name
    folders.check_name(folder.resolve().name)
    folders.check_output(folder)
    number = folders.free_version(folder, version) if "saved_model" in formats else 0
    with folders.staging(folder) as work:
        try:
            report = _export(opened, name, task, folder, work, settings, number, say)
            return {"folder": str(folder), **report}
        except OSError as error:
            raise RunFailed(f"cannot write into {folder}: {error.strerror or error}") from error
        except BadInput as error:
            if getattr(error.__cause__, "errno", None) in FULL:
                raise RunFailed(str(error)) from error
            raise


def _export(run, name, task, folder, work, settings, number, say) -> dict[str, Any]:
    from kerasrnn.quiet import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    from kerasrnn.export import model_card, serving
    from kerasrnn.export.exporter import Exporter
    from kerasrnn.files import write_json, write_text

    model_name = folder.resolve().name
    report: dict[str, Any] = {"name": model_name, "task": name, "cell": task.config.cell}
    report["weights"] = hashlib.sha256(run.model_path.read_bytes()).hexdigest()
    names = ["model_card.md", "verification.json"]
    try:
        exporter = Exporter(run, task, model_name, settings, say)
        if number:
            found = exporter.write_saved_model(work / str(number))
            report["saved_model"] = {"version": number, **found}
            serving.write_serving_files(work, model_name, exporter.few(), exporter.endpoints)
            names += serving.FILES
        if "tflite" in settings.formats:
            report["tflite"] = exporter.write_tflite(work)
            for file in report["tflite"]:
                if (folder / file).exists():
                    say(f"TFLite: {folder / file} is replaced")
            names += report["tflite"]
    except tf.errors.OpError as error:
        # without TensorFlow's own name for the place in the graph
        reason = str(error).splitlines()[0].rpartition("}} ")[2]
        raise RunFailed(f"cannot export: {reason}") from error
    report = _with_earlier(folder / "verification.json", report)
    write_json(work / "verification.json", report)
    write_text(work / "model_card.md", model_card.write(run, task, exporter, report))
    folders.publish(work, folder, names, number)
    return report


def _with_earlier(path: Path, report: dict[str, Any]) -> dict[str, Any]:
    """The report, and beside it what is known of files that an earlier export left there."""
    if not path.is_file():
        return report
    earlier = read_json(path)
    if earlier.get("weights") != report["weights"]:
        return report  # of another model
    tflite = {n: f for n, f in earlier.get("tflite", {}).items() if (path.parent / n).is_file()}
    tflite |= report.get("tflite", {})
    served = report.get("saved_model", earlier.get("saved_model"))
    parts = {"saved_model": served, "tflite": tflite}
    return {**report, **{name: part for name, part in parts.items() if part}}
