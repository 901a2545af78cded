"""A painting process that only pretends."""

from service_stub import painter

if __name__ == "__main__":
    painter()
