ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS builder
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
# Two environments: the one that is shipped holds neither pip nor setuptools.
RUN python -m venv /build \
    && python -m venv --without-pip /opt/spendguard \
    && /build/bin/pip install --no-cache-dir --quiet --require-hashes -r requirements-build.lock \
    && /build/bin/pip --python /opt/spendguard/bin/python install \
        --no-cache-dir --no-compile --quiet --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY migrations migrations
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /build/bin/pip --python /opt/spendguard/bin/python install \
        --no-cache-dir --no-compile --no-deps --no-index /wheels/*.whl \
    # Unchecked: the files never change after this, and no start pays for looking.
    && /opt/spendguard/bin/python -m compileall -q -j 0 \
        --invalidation-mode unchecked-hash /opt/spendguard/lib

FROM ${PYTHON_IMAGE}
# Whatever Debian has of them now: a fixed version is gone from its servers with the next fix.
# hadolint ignore=DL3008
RUN apt-get update --quiet=2 \
    && apt-get install --quiet=2 --yes --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 spendguard \
    && useradd --uid 10001 --gid spendguard --no-log-init --home-dir /data --no-create-home \
        --shell /usr/sbin/nologin spendguard \
    && install -d -o spendguard -g spendguard -m 0750 /data \
    && install -d -m 0755 /policies
COPY --from=builder /opt/spendguard /opt/spendguard
# The root file system may be mounted read-only: all that is written goes to /data (and /tmp).
ENV PATH=/opt/spendguard/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SPENDGUARD_DATABASE_URL=sqlite:////data/spendguard.db \
    SPENDGUARD_POLICIES=/policies
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/policies"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["spendguard"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
