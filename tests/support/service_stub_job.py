"""A process of a job that only pretends."""

from support.service_stub import job

if __name__ == "__main__":
    job()
