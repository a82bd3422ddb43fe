# One image for the loader and the builds: `loader …` and `python -m pipeline …`. It contains no browser, so the PDF of the
# report is not made here: docs/ci.md says where.

# The release workflow looks up the digest of this tag, builds from BASE=…@sha256:… and records both in the labels.
ARG BASE=docker.io/library/python:3.11-slim-trixie

# hadolint ignore=DL3006
FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ONLY_BINARY=:all: \
    PIP_QUIET=1
WORKDIR /src
# Only what fits its hash is installed, and only wheels: nothing of another author runs while it is installed.
COPY requirements-build.lock requirements-image.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --no-deps --requirement requirements-build.lock \
    && python -m venv --without-pip /opt/venv \
    && /opt/build/bin/pip --python /opt/venv/bin/python install --require-hashes --no-deps --no-compile --requirement requirements-image.lock
COPY . .
# The bytecode is compiled here: nothing can write it later.
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
    && /opt/build/bin/pip --python /opt/venv/bin/python install --no-deps --no-index --no-compile wheels/*.whl \
    && /opt/venv/bin/python -m compileall -q -j 0 /opt/venv/lib

# hadolint ignore=DL3006
FROM ${BASE}
# The only folder that may be written to. It is a volume, because a task on Fargate gives a mounted folder the owner that the
# image gives its volume.
RUN install --directory --owner 10001 --group 10001 /work
VOLUME ["/work"]
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY dbt_project.yml ./
COPY profiles.yml.example profiles.yml
COPY macros/ macros/
COPY models/ models/
COPY seeds/ seeds/
COPY snapshots/ snapshots/
COPY tests/audit/ tests/audit/
COPY tests/generic/ tests/generic/

ARG COMMIT=unknown
ARG BASE_NAME=unknown
ARG BASE_DIGEST=unknown
LABEL org.opencontainers.image.title="ledger-lake" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.base.name="${BASE_NAME}" \
      org.opencontainers.image.base.digest="${BASE_DIGEST}"
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/work \
    TMPDIR=/work \
    DBT_PROJECT_DIR=/app \
    DBT_PROFILES_DIR=/app \
    DBT_TARGET_PATH=/work/target \
    DBT_LOG_PATH=/work/logs \
    LEDGER_LAKE_PROJECT_DIR=/app \
    LEDGER_LAKE_CODE_VERSION=${COMMIT}
USER 10001:10001
# No entry point and no shell: a signal reaches the program itself. It is not process 1 if the task starts an init process,
# without which the kernel keeps SIGTERM from a program that has no handler for it.
STOPSIGNAL SIGTERM
CMD ["loader", "--help"]
