# LeadCRM for servers: one image for the web server, the worker and the clock.

FROM node:24-slim AS pages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund


FROM python:3.13-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/leadcrm && \
    /opt/leadcrm/bin/pip install --require-hashes --no-deps --only-binary :all: -r /tmp/base.txt


FROM packages AS static
WORKDIR /app
COPY . .
COPY --from=pages /app/node_modules ./node_modules
# Names no database and keeps no key: both stay in the folder that is thrown away.
RUN LEADCRM_VAR_DIR=/tmp/var LEADCRM_STATIC_DIR=/app/collected /opt/leadcrm/bin/python manage.py collectstatic --noinput && \
    LEADCRM_VAR_DIR=/tmp/var /opt/leadcrm/bin/python manage.py compile_messages && \
    /opt/leadcrm/bin/python -m whitenoise.compress --quiet collected && \
    rm -rf tests benchmarks && \
    find node_modules -mindepth 1 -maxdepth 1 ! -name dejavu-fonts-ttf -exec rm -rf {} +


FROM python:3.13-slim
LABEL org.opencontainers.image.title="LeadCRM" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/leadcrm/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    LEADCRM_VAR_DIR=/var/lib/leadcrm \
    LEADCRM_STATIC_DIR=/app/collected
RUN useradd --system --uid 10001 --home-dir /var/lib/leadcrm --create-home leadcrm
WORKDIR /app
COPY --from=packages /opt/leadcrm /opt/leadcrm
COPY --from=static /app /app
USER leadcrm
VOLUME /var/lib/leadcrm
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "-c", "python:leadcrm.web_server", "--bind=0.0.0.0:8000", "leadcrm.wsgi"]
