"""What a person sees while a model trains: a bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

PLAIN_SECONDS = 60  # between plain lines, so that a log of a long epoch shows life


class Progress:
    """Reports training to standard error.

    Args:
        epochs: Epochs in all.
        steps: Steps of each.
        batch_size: Sequences a step.
        monitor: The validation metric that chooses the best epoch.
    """

    def __init__(self, *, epochs: int, steps: int, batch_size: int = 1, monitor: str = "loss"):
        self.console = Console(stderr=True, highlight=False)
        self.epochs, self.steps = epochs, steps
        self.batch_size, self.monitor = batch_size, monitor
        self._bar: Bar | None = None

    def begin_epoch(self, epoch: int, step: int) -> None:
        """A new epoch, or one that goes on at `step`."""
        self._epoch, self._first, self._begun = epoch, step, time.perf_counter()
        self._spoke = self._begun
        if not self.console.is_terminal:
            return
        self._bar = Bar(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self._task = self._bar.add_task(
            "", total=self.steps, completed=step, epoch=f"{epoch}/{self.epochs}", text=""
        )
        self._bar.start()

    def advance(self, step: int, loss: float) -> None:
        """`step` steps of the epoch are done, with this mean loss."""
        now = time.perf_counter()
        speed = (step - self._first) * self.batch_size / max(now - self._begun, 1e-9)
        text = f"loss {loss:.4f}  {speed:,.0f} sequences/s"
        if self._bar:
            self._bar.update(self._task, completed=step, text=text)
        elif now - self._spoke > PLAIN_SECONDS:
            self._spoke = now
            left = (now - self._begun) / max(step - self._first, 1) * (self.steps - step)
            self.say(f"  step {step}/{self.steps}  {text}  {left:.0f} s left")

    def end_epoch(self, row: Mapping[str, float], *, best: bool) -> None:
        """One line with the epoch's figures."""
        self.close()
        wanted = dict.fromkeys(("loss", "valid_loss", f"valid_{self.monitor}"))
        figures = "  ".join(f"{name} {row[name]:.4f}" for name in wanted if name in row)
        mark = "  best" if best else ""
        self.say(f"epoch {row['epoch']}/{self.epochs}  {row['seconds']:.1f} s  {figures}{mark}")

    def say(self, text: str) -> None:
        """A line of its own."""
        self.console.print(text, soft_wrap=True, markup=False)

    def close(self) -> None:
        """Takes the bar away, leaving the terminal as it was."""
        if self._bar:
            self._bar.stop()
            self._bar = None
