"""The process of a fake one-pass worker."""

from support.service_stub import run_one_pass

if __name__ == "__main__":
    run_one_pass()
