"""The run directory: what is in it, each file written whole or not at all."""

import csv
import io
import json
import os
import platform
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerasrnn import __version__
from kerasrnn.config import read_yaml
from kerasrnn.errors import BadInput
from kerasrnn.files import TEMPORARY, read_json, replacing, write_json, write_rows, write_text

FORMAT = 1  # of the run directory; goes up when an older program could not read it


class Run:
    """A folder holding one training run.

    Args:
        folder: Its path.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    @classmethod
    def create(cls, output: str, task: str) -> "Run":
        """A new run in `output`, or in `runs/<task>-<number>` if that is empty.

        Raises:
            BadInput: If the folder holds something already, or cannot be written.
        """
        folder = Path(output) if output else free_folder(Path("runs"), task)
        if (folder / "config.yaml").exists():
            raise BadInput(
                f"{folder} holds another run; go on with it by --resume {folder}, "
                "or name another --output"
            )
        try:
            if folder.is_dir() and any(not p.name.startswith(TEMPORARY) for p in folder.iterdir()):
                raise BadInput(f"{folder} is not empty; name another --output")
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise BadInput(f"{folder} is a file; name a folder for --output") from error
        except OSError as error:
            raise BadInput(f"cannot write into {folder}: {error.strerror}") from error
        if not os.access(folder, os.W_OK):
            raise BadInput(f"cannot write into {folder}: permission denied")
        return cls(folder)

    @classmethod
    def open(cls, folder: str | Path) -> "Run":
        """An existing run.

        Raises:
            BadInput: If there is none.
        """
        run = cls(folder)
        if not run.folder.exists():
            raise BadInput(f"no run at {folder}: no such folder")
        if not (run.folder / "config.yaml").is_file():
            raise BadInput(f"no run at {folder}: it has no config.yaml")
        run._check_format()
        return run

    def _check_format(self) -> None:
        path = self.folder / "environment.json"
        if not path.is_file():
            return  # killed before it was written
        made_by = read_json(path)
        if made_by.get("format") != FORMAT:
            raise BadInput(
                f"{self.folder} is of format {made_by.get('format')}, written by kerasrnn "
                f"{made_by.get('kerasrnn', 'of unknown version')}; this is kerasrnn {__version__}, "
                f"which reads format {FORMAT}: train it again, or use the other version"
            )

    def discard(self) -> None:
        """Takes back a run that never began: bad input leaves nothing behind."""
        if not self.checkpoint_path.exists():
            shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self) -> dict[str, Any]:
        """What `config.yaml` holds."""
        return read_yaml(self.folder / "config.yaml")

    @property
    def transforms_folder(self) -> Path:
        return self.folder / "transforms"

    def check_transforms(self, transforms: Mapping[str, Any]) -> None:
        """Refuses data that has changed since training: what is fitted on it would be another.

        Args:
            transforms: As fitted now.

        Raises:
            BadInput: If they are not those of the run.
        """
        with tempfile.TemporaryDirectory() as folder:
            for transform in transforms.values():
                transform.save(Path(folder))
            for path in sorted(Path(folder).iterdir()):
                then = self.transforms_folder / path.name
                # a file that is not there is none that the run needs, for it was opened
                if then.is_file() and then.read_bytes() != path.read_bytes():
                    raise BadInput(
                        f"the data of {self.folder} is not what it was trained on: fitted anew, "
                        f"{path.name} is another; put the old data back, or train again"
                    )

    @property
    def plots_folder(self) -> Path:
        return self.folder / "plots"

    @property
    def model_path(self) -> Path:
        return self.folder / "model.keras"

    @property
    def finished(self) -> bool:
        """Whether training came to its end."""
        return (self.folder / "metrics.json").is_file()

    def metrics(self) -> dict[str, Any]:
        """What `metrics.json` holds."""
        return read_json(self.folder / "metrics.json")

    def save_config(self, text: str) -> None:
        """Writes `config.yaml`, which makes the folder a run."""
        write_text(self.folder / "config.yaml", text)

    def save_metrics(self, metrics: dict[str, Any]) -> None:
        """Writes `metrics.json`, which marks the run as finished."""
        write_json(self.folder / "metrics.json", metrics)

    def save_history(self, rows: Sequence[Mapping[str, float]]) -> None:
        """Writes `history.csv`, a line an epoch."""
        write_rows(self.folder / "history.csv", rows)

    def save_gradients(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes `gradients.csv`, a line for each epoch, layer and step back in time."""
        write_rows(self._gradients_path, rows)

    def gradients(self) -> list[dict[str, Any]]:
        """What `save_gradients` wrote; nothing if it wrote nothing yet.

        Raises:
            BadInput: If the file is broken.
        """
        path = self._gradients_path
        if not path.is_file():
            return []
        try:
            with open(path, encoding="utf-8", newline="") as file:
                return [
                    {
                        "epoch": int(row["epoch"]),
                        "layer": row["layer"],
                        "steps_back": int(row["steps_back"]),
                        "norm": float(row["norm"]),
                        "clipped": float(row["clipped"]) if row["clipped"] else None,
                    }
                    for row in csv.DictReader(file)
                ]
        except (KeyError, ValueError, TypeError) as error:
            raise BadInput(f"{path} is broken: {error}; remove it to go on without") from error

    @property
    def _gradients_path(self) -> Path:
        return self.folder / "gradients.csv"

    def save_environment(self, *, seed: int, deterministic: bool, device: str) -> None:
        """Writes `environment.json`: what one needs to know to repeat the figures."""
        import keras
        import tensorflow as tf

        write_json(
            self.folder / "environment.json",
            {
                "format": FORMAT,
                "kerasrnn": __version__,
                "tensorflow": tf.__version__,
                "keras": keras.__version__,
                "numpy": np.__version__,
                "python": sys.version.split()[0],
                "platform": platform.platform(),
                "processors": os.cpu_count(),
                "device": device,
                "seed": seed,
                "deterministic": deterministic,
            },
        )

    def save_model(self, model: Any) -> None:
        """Writes `model.keras`."""
        with replacing(self.model_path) as temporary:
            model.save(temporary)

    def load_model(self) -> Any:
        """Reads `model.keras`; code hidden in it is refused, as it may come from anywhere.

        Raises:
            BadInput: If it is missing or broken.
        """
        import keras

        import kerasrnn.models  # noqa: F401  registers the layers that the file names

        path = self.model_path
        if not path.is_file():
            raise BadInput(f"{self.folder} has no model.keras yet; go on with --resume")
        if not zipfile.is_zipfile(path):
            raise BadInput(f"{path} is broken: it is {path.stat().st_size} bytes, not an archive")
        try:
            return keras.models.load_model(path, compile=False, safe_mode=True)
        # whatever a damaged or foreign file makes Keras raise, it is the file that is to blame
        except Exception as error:
            raise BadInput(
                f"{path} cannot be loaded: {(str(error) or repr(error)).splitlines()[0]}"
            ) from error

    def load_model_like(self, built: Any) -> Any:
        """Reads `model.keras` and sees that it fits a newly built model.

        Raises:
            BadInput: If the file is missing, broken, or of another model.
        """
        saved = self.load_model()
        if [tuple(v.shape) for v in saved.weights] != [tuple(v.shape) for v in built.weights]:
            raise BadInput(
                f"{self.model_path} does not fit the config.yaml and transforms beside it; "
                "put back what was changed, or train again"
            )
        return saved

    @property
    def checkpoint_path(self) -> Path:
        return self.folder / "checkpoint" / "state.npz"

    def save_checkpoint(self, arrays: Mapping[str, np.ndarray], meta: dict[str, Any]) -> None:
        """Writes what resuming needs into one file, so that its parts always fit together."""
        with replacing(self.checkpoint_path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays, meta=np.array(json.dumps(meta)))

    def load_checkpoint(
        self, told: Callable[[Callable[[], bytes]], bytes] = lambda say: say()
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """What `save_checkpoint` wrote, or none if nothing was saved yet.

        Args:
            told: Takes what reads the file's bytes and returns them, those of another process
                perhaps.

        Raises:
            BadInput: If the file is broken.
        """
        data = told(self._checkpoint_bytes)
        if not data:
            return None
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            return arrays, json.loads(str(arrays.pop("meta")))
        except (ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
            raise self._broken_checkpoint(error) from error

    def _checkpoint_bytes(self) -> bytes:
        try:
            data = self.checkpoint_path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self._broken_checkpoint(error) from error
        if not data:
            raise self._broken_checkpoint("it is empty")
        return data

    def _broken_checkpoint(self, why: Any) -> BadInput:
        return BadInput(
            f"{self.checkpoint_path} is broken ({why}); delete it to begin the run again"
        )


def free_folder(parent: Path, task: str) -> Path:
    """The first of `<parent>/<task>-1`, `-2`, … that is not there yet."""
    number = 1
    while (parent / f"{task}-{number}").exists():
        number += 1
    return parent / f"{task}-{number}"
