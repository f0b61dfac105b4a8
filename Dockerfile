# mailflow as a container. The steps are those of script/release-check: the locked dependencies by hash, the wheel on top.
#
#   docker build -t mailflow .
#   docker run -v ./office:/var/lib/mailflow mailflow run      # office/ holds config/ and templates/ (mailflow init)
#
# Settings that are secrets come from the environment (MAILFLOW_IMAP_URL, MAILFLOW_SMTP_URL, MAILFLOW_DATABASE).

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 LANG=C.UTF-8
WORKDIR /src

# Dependencies first: they change less often than the code.
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN python -m venv /opt/mailflow \
 && /opt/mailflow/bin/python -m pip install --require-hashes -r requirements/runtime.txt
RUN python -m venv /opt/build \
 && /opt/build/bin/python -m pip install --require-hashes -r requirements/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY templates templates
COPY mailflow mailflow
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/mailflow/bin/python -m pip install --no-deps --no-index /wheels/*.whl


FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/mailflow --create-home --shell /usr/sbin/nologin mailflow
COPY --from=build /opt/mailflow /opt/mailflow
ENV PATH=/opt/mailflow/bin:$PATH LANG=C.UTF-8 PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/mailflow
VOLUME /var/lib/mailflow
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 CMD ["mailflow", "status"]
ENTRYPOINT ["mailflow"]
CMD ["run"]
