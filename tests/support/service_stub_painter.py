"""A painting process that only pretends."""

from support.service_stub import painter

if __name__ == "__main__":
    painter()
