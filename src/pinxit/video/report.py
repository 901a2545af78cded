"""What callers learn of a film: its `Progress` at every frame, its `Report` at the end."""

from dataclasses import dataclass, field

from pinxit.images import Image

RATE_FRAMES = 30
"""Number of frames over which the speed is measured."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the film is."""

    frame: int
    """Frames painted so far, including those of an earlier run."""
    of: int
    """Expected number of frames, approximately; 0: unknown."""
    per_second: float
    """Frames a second over the last `RATE_FRAMES`."""
    image: Image = field(repr=False)
    """The frame just painted, (H, W, 3) in [0, 1]."""

    @property
    def seconds_left(self) -> float | None:
        """Estimated time for the rest; None: unknown."""
        return max(0, self.of - self.frame) / self.per_second if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of painting a film."""

    frames: int
    complaint: str
    """How the source ended early or was damaged; '' if neither."""
    lost: tuple[str, ...]
    """Sound and subtitles of the source that the output could not hold."""
    finished: bool
    """False if it was stopped: the output holds the frames up to there, and the job can be resumed."""
