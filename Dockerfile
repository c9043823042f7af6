# One image for every role; the role is the command. `docker run` without one is the embedded default on SQLite.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
RUN python -m venv /opt/khronika
COPY requirements.lock ./
RUN /opt/khronika/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY scrapers scrapers
COPY storage storage
COPY feeds feeds
RUN /opt/khronika/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Khronika" \
      org.opencontainers.image.description="Keeps every public statement once, with proof, and publishes it as feeds" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin khronika \
    && install -d -o khronika -g khronika /data
COPY --from=build /opt/khronika /opt/khronika
ENV PATH=/opt/khronika/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KHRONIKA_DATA_DIR=/data
USER khronika
WORKDIR /data
VOLUME /data
EXPOSE 8400
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8400/healthz', timeout=4)"]
CMD ["khronika", "run", "--host", "0.0.0.0"]
