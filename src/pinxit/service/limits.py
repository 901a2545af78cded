"""What the service agrees to: every limit with its default, once. All of them are on."""

from __future__ import annotations

from dataclasses import dataclass

from pinxit import cores
from pinxit.config.options import Limits, Options, option, specs

CORES_A_PAINTER = 4
"""CPU cores for each process that paints in one pass, where the number of processes is left to pinxit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLimits(Options):
    """What the service agrees to."""

    image_bytes: int = option(32 * 2**20, "Bytes of one picture.", low=1, unit="bytes")
    image_pixels: int = option(50_000_000, "Pixels of one picture, as its header tells.", low=1, unit="px")
    image_side: int = option(16_384, "Longest side of a picture.", low=16, unit="px")
    image_least: int = option(16, "Shortest side of a picture.", low=1, unit="px")
    image_aspect: int = option(50, "Longest side of a picture, in shortest sides.", low=1)
    film_bytes: int = option(512 * 2**20, "Bytes of one film.", low=1, unit="bytes")
    film_side: int = option(3840, "Longest side of a film's frames.", low=16, unit="px")
    film_seconds: float = option(120.0, "Length of one film.", low=0.0, unit="s")
    film_frames: int = option(3600, "Frames of one film, where it tells their number.", low=1)
    film_streams: int = option(8, "Streams in one film: pictures, sound, subtitles.", low=1)
    size: int = option(2048, "Long side of a painted picture or film.", low=16, unit="px")
    style_count: int = option(4, "Styles in one picture.", low=1)
    parts: int = option(64, "Parts of one multipart request.", low=1)
    field_bytes: int = option(4096, "Bytes of one field that is no file.", low=1, unit="bytes")
    painters: int = option(
        0, f"Processes that paint in one pass; 0: one for each {CORES_A_PAINTER} CPU cores.", low=0, high=256
    )
    queue: int = option(12, "Requests that may wait for each of those processes.", low=0, high=10_000)
    jobs_at_once: int = option(1, "Jobs that run at the same time; trainings count apart.", low=1, high=256)
    jobs_queued: int = option(8, "Jobs that may wait for each that runs.", low=0, high=100_000)
    jobs_per_client: int = option(
        4, "Live jobs of one client: those that wait and those that run.", low=1, high=100_000
    )
    uploads_per_client: int = option(64, "Uploads of one client that are kept; a new one drops the oldest.", low=1)
    idle_seconds: float = option(10.0, "Time without a byte of a request.", low=0.1, unit="s")
    request_seconds: float = option(300.0, "Time in which a request must have arrived.", low=0.1, unit="s")
    look_seconds: float = option(5.0, "Time to look at an upload.", low=0.1, unit="s")
    paint_seconds: float = option(30.0, "Time to paint in one pass.", low=0.1, unit="s")
    optimize_seconds: float = option(
        900.0, "Time of a job of the kind optimize; then the picture is kept as it stands.", low=0.1, unit="s"
    )
    video_seconds: float = option(7200.0, "Time of a job of the kind video.", low=0.1, unit="s")
    train_seconds: float = option(
        3600.0, "Time of a job of the kind train; then the network is kept as it stands.", low=0.1, unit="s"
    )
    train_photos: int = option(32, "Photos that may be sent to learn from.", low=1)
    styles_per_client: int = option(64, "Trained styles that are kept of one client.", low=1)
    painter_bytes: int = option(3 * 2**30, "Memory of a process that paints in one pass.", low=2**28, unit="bytes")
    job_bytes: int = option(8 * 2**30, "Memory of a job's process.", low=2**28, unit="bytes")
    cache_bytes: int = option(256 * 2**20, "Decoded pictures that a process keeps.", low=0, unit="bytes")
    upload_seconds: float = option(3600.0, "How long an upload is kept after its last use.", low=1.0, unit="s")
    job_seconds: float = option(86_400.0, "How long a finished job is kept.", low=1.0, unit="s")
    store_bytes: int = option(20 * 2**30, "Bytes of all jobs and uploads.", low=1, unit="bytes")
    disk_floor: int = option(2 * 2**30, "Bytes of disk that are always left free.", low=0, unit="bytes")
    stop_seconds: float = option(
        20.0, "Time that running work has to end when the server is stopped.", low=0.0, unit="s"
    )

    @property
    def workers(self) -> int:
        """How many processes paint in one pass."""
        return self.painters or max(1, cores.allowed() // CORES_A_PAINTER)

    def reading(self) -> Limits:
        """Return what the processes that decode agree to open."""
        return Limits(
            image_bytes=self.image_bytes,
            image_pixels=self.image_pixels,
            styles=self.style_count,
            film_bytes=self.film_bytes,
            film_side=self.film_side,
            film_seconds=self.film_seconds,
            film_streams=self.film_streams,
        )

    def as_dict(self) -> dict[str, int | float]:
        """Return every limit by name."""
        return {name: getattr(self, name) for name in specs(ServiceLimits)}
