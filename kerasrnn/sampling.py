"""How the next token is drawn: settings apart from the drawing.

Temperature divides the scores before the softmax; top-k keeps the k likeliest tokens; top-p
(nucleus sampling, Holtzman et al. 2020) keeps the fewest that together reach probability p.
"""

from dataclasses import dataclass

from kerasrnn.errors import BadInput


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn.

    Args:
        temperature: 0 always takes the likeliest; below 1 is bolder, above 1 freer.
        top_k: Only so many likeliest tokens; 0 for all.
        top_p: Only the likeliest that reach this probability; 1 for all.
        seed: The same seed gives the same text.

    Raises:
        BadInput: If a number is out of range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self):
        if not 0 <= self.temperature <= 100:
            raise BadInput(f"--temperature {self.temperature} is not within 0 and 100")
        if self.top_k < 0:
            raise BadInput(f"--top-k {self.top_k} is negative; 0 keeps every token")
        if not 0 < self.top_p <= 1:
            raise BadInput(f"--top-p {self.top_p} is not above 0 and at most 1")
        if not 0 <= self.seed < 2**31:
            raise BadInput(f"--seed {self.seed} is not within 0 and {2**31 - 1}")
