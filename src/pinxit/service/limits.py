"""The limits of the service with their defaults. All are enforced."""

from dataclasses import dataclass

from pinxit import cores
from pinxit.config.options import Limits
from pinxit.config.spec import Options, option, specs

CORES_PER_PROCESS = 4  # The number of CPU cores for which one one-pass process is started by default


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLimits(Options):
    """The limits of the service."""

    image_bytes: int = option(32 * 2**20, "Bytes of a picture file.", low=1, unit="bytes")
    image_pixels: int = option(50_000_000, "Pixels of a picture, by its header.", low=1, unit="px")
    image_side: int = option(16_384, "Long side of a picture.", low=16, unit="px")
    image_least: int = option(16, "Short side of a picture, at least.", low=1, unit="px")
    image_aspect: int = option(50, "Long side of a picture, as a multiple of its short side.", low=1)
    film_bytes: int = option(512 * 2**20, "Bytes of a film file.", low=1, unit="bytes")
    film_side: int = option(3840, "Long side of a film.", low=16, unit="px")
    film_seconds: float = option(120.0, "Length of a film.", low=0.0, unit="s")
    film_frames: int = option(3600, "Frames of a film, if its header has their number.", low=1)
    film_streams: int = option(8, "Streams of a film: video, audio, subtitles.", low=1)
    size: int = option(6144, "Long side of a painted picture or film.", low=16, unit="px")
    style_count: int = option(4, "Styles in a request.", low=1)
    parts: int = option(64, "Parts of a multipart request.", low=1)
    field_bytes: int = option(4096, "Bytes of a form field that is not a file.", low=1, unit="bytes")
    painters: int = option(
        0, f"Processes that paint in one pass; 0 starts one for each {CORES_PER_PROCESS} CPU cores.", low=0, high=256
    )
    queue: int = option(12, "Requests that may wait for each of these processes.", low=0, high=10_000)
    jobs_at_once: int = option(1, "Jobs that run at the same time, and as many trainings.", low=1, high=256)
    jobs_queued: int = option(8, "Jobs that may wait for each running one.", low=0, high=100_000)
    jobs_per_client: int = option(4, "Waiting and running jobs of one client.", low=1, high=100_000)
    uploads_per_client: int = option(64, "Stored uploads of one client; a further one replaces the oldest.", low=1)
    idle_seconds: float = option(10.0, "Longest pause while a request arrives.", low=0.1, unit="s")
    request_seconds: float = option(300.0, "Time in which a request must arrive.", low=0.1, unit="s")
    receive_rate: int = option(
        1024, "Bytes that a request must send each second, on average after the first pause.", low=1, unit="bytes"
    )
    receive_bytes: int = option(
        2 * 2**30, "Bytes of all requests at once; one client may have half of them.", low=2**18, unit="bytes"
    )
    look_seconds: float = option(5.0, "Time to read the header of an upload.", low=0.1, unit="s")
    paint_seconds: float = option(60.0, "Time to paint in one pass.", low=0.1, unit="s")
    optimize_seconds: float = option(
        900.0, "Time of an optimize job; then it ends with the picture so far.", low=0.1, unit="s"
    )
    video_seconds: float = option(7200.0, "Time of a video job.", low=0.1, unit="s")
    train_seconds: float = option(
        3600.0, "Time of a train job; then it ends with the network so far.", low=0.1, unit="s"
    )
    explain_seconds: float = option(900.0, "Time of an explain job.", low=0.1, unit="s")
    silent_seconds: float = option(900.0, "Time without progress after which a job is ended.", low=0.1, unit="s")
    train_photos: int = option(32, "Training photos in a request.", low=1)
    styles_per_client: int = option(64, "Stored trained styles of one client.", low=1)
    painter_bytes: int = option(3 * 2**30, "Memory of a one-pass process.", low=2**28, unit="bytes")
    job_bytes: int = option(8 * 2**30, "Memory of a job process.", low=2**28, unit="bytes")
    cache_bytes: int = option(256 * 2**20, "Decoded pictures that a process caches.", low=0, unit="bytes")
    upload_seconds: float = option(3600.0, "Time after its last use at which an upload is deleted.", low=1.0, unit="s")
    job_seconds: float = option(86_400.0, "Time after its end at which a job is deleted.", low=1.0, unit="s")
    store_bytes: int = option(20 * 2**30, "Bytes of all jobs, uploads and trained styles.", low=1, unit="bytes")
    disk_floor: int = option(2 * 2**30, "Bytes of disk that stay free.", low=0, unit="bytes")
    stop_seconds: float = option(20.0, "Time that requests have to end when the server is stopped.", low=0.0, unit="s")

    @property
    def workers(self) -> int:
        """The number of one-pass processes."""
        return self.painters or max(1, cores.allowed() // CORES_PER_PROCESS)

    def reading(self) -> Limits:
        """Return the limits of the library for the processes that decode."""
        same = {name: getattr(self, name) for name in specs(Limits) if hasattr(self, name)}
        return Limits(styles=self.style_count, **same)
