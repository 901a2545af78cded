"""What the service counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        self.requests = Counter("pinxit_requests", "Answers.", ["path", "method", "status"], registry=own)
        self.seconds = Histogram(
            "pinxit_request_seconds", "Time to the answer.", ["path", "status"], registry=own, buckets=SECONDS
        )
        self.work = Histogram("pinxit_work_seconds", "Time in a painting process.", registry=own, buckets=SECONDS)
        self.waiting = Gauge("pinxit_admitted", "Requests that wait for a process or are in one.", registry=own)
        self.busy = Gauge("pinxit_busy_processes", "Painting processes at work.", registry=own)
        self.painters = Gauge("pinxit_painters", "Painting processes that are ready or at work.", registry=own)
        self.replaced = Counter("pinxit_replaced_processes", "Painting processes replaced.", ["why"], registry=own)
        self.hung_up = Counter("pinxit_hung_up", "Clients that left before their answer.", registry=own)
        self.jobs = Gauge("pinxit_jobs", "Jobs that are kept.", ["state"], registry=own)
        self.job_seconds = Histogram(
            "pinxit_job_seconds",
            "Time of a job.",
            ["kind", "state"],
            registry=own,
            buckets=(1, 10, 30, 60, 300, 900, 7200),
        )
        self.store = Gauge("pinxit_store_bytes", "Bytes of all jobs and uploads.", registry=own)

    def text(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self.registry)
