# syntax=docker/dockerfile:1
# The service and its page, for the CPU. Build: docker build -t pinxit .   Run: see compose.yaml and docs/service.md.
# The second stage contains only the installed packages: no compiler, no pip cache, no sources.

FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/pinxit
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY src ./src
# An index with CPU-only builds of PyTorch, a tenth of the size, can be given by --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL=
# The wheels of video and heif contain libx264 and libx265 (GPL): docs/licenses.md says what that means for whoever passes
# the image on. Without them: --build-arg EXTRAS=studio,optimize,train
ARG EXTRAS=studio,optimize,train,video,heif
RUN /opt/pinxit/bin/pip install --constraint constraints.txt ".[${EXTRAS}]"

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin pinxit \
    && install -d -o pinxit -g pinxit -m 0700 /data
COPY --from=build /opt/pinxit /opt/pinxit
ENV PATH=/opt/pinxit/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/data PINXIT_CACHE=/data/models
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# The server listens on all addresses, so it needs a key in PINXIT_API_KEY. Without one it refuses to start.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["pinxit"]
CMD ["studio", "--host", "0.0.0.0", "--port", "8000", "--no-browser", "--store", "/data/service"]
