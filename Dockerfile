# One image for every role; the role is the command. `docker run` without one is the embedded default on SQLite.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
RUN python -m venv --without-pip /opt/khronika
COPY requirements.lock ./
RUN python -m pip --python /opt/khronika/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY scrapers scrapers
COPY storage storage
COPY feeds feeds
RUN python -m pip --python /opt/khronika/bin/python install --no-cache-dir --no-deps --no-build-isolation . \
    && python -m pip --python /opt/khronika/bin/python uninstall --yes hatchling pathspec pluggy trove-classifiers \
    && python -m pip --python /opt/khronika/bin/python check

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Khronika" \
      org.opencontainers.image.description="Keeps every public statement once, with proof, and publishes it as feeds" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 khronika \
    && useradd --uid 10001 --gid khronika --no-create-home --home-dir /data --shell /usr/sbin/nologin khronika \
    && install -d -o khronika -g khronika /data
COPY --from=build /opt/khronika /opt/khronika
ENV PATH=/opt/khronika/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KHRONIKA_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8400
# http.client, for urllib would ask a proxy named in the environment for our own address.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8400, timeout=4); c.request('GET', '/healthz'); exit(c.getresponse().status != 200)"]
CMD ["khronika", "run", "--host", "0.0.0.0"]
