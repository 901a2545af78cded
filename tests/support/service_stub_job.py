"""The process of a fake job worker."""

from support.service_stub import run_job

if __name__ == "__main__":
    run_job()
