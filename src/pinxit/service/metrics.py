"""The Prometheus metrics of the service. Their names are part of its interface."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
JOB_SECONDS = (1, 10, 30, 60, 300, 900, 7200)


class Metrics:
    """The metrics of one server."""

    def __init__(self) -> None:
        to = self.registry = CollectorRegistry()
        self.requests = Counter("pinxit_requests", "Responses.", ["path", "method", "status"], registry=to)
        self.seconds = Histogram(
            "pinxit_request_seconds", "Time to the response.", ["path", "status"], registry=to, buckets=SECONDS
        )
        self.work = Histogram("pinxit_work_seconds", "Time in a one-pass process.", registry=to, buckets=SECONDS)
        self.waiting = Gauge("pinxit_admitted", "Requests that wait for a process or are in one.", registry=to)
        self.busy = Gauge("pinxit_busy_processes", "One-pass processes at work.", registry=to)
        self.painters = Gauge("pinxit_painters", "One-pass processes that are ready or at work.", registry=to)
        self.replaced = Counter("pinxit_replaced_processes", "One-pass processes replaced.", ["why"], registry=to)
        self.disconnected = Counter("pinxit_hung_up", "Clients that left before their response.", registry=to)
        self.jobs = Gauge("pinxit_jobs", "Stored jobs.", ["state"], registry=to)
        self.job_seconds = Histogram(
            "pinxit_job_seconds", "Time of a job.", ["kind", "state"], registry=to, buckets=JOB_SECONDS
        )
        self.receiving = Gauge("pinxit_receiving_bytes", "Bytes of all requests at once.", registry=to)
        self.store = Gauge("pinxit_store_bytes", "Bytes of all jobs, uploads and styles.", registry=to)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
