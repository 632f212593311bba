# With `--build-arg TRACES=1`, an image has OpenTelemetry too (docs/monitoring.md).
# Three images from one file: `--target api` is the API alone, for a page on a CDN; `--target standalone` has everything,
# the store and the edge too, for one machine (docs/self-hosting.md); the last one serves the API and the page.

FROM node:24-bookworm-slim@sha256:235600a8101ab264e117b1768e925532262668dc9b581ef1dd7d96ced463b8e7 AS page
WORKDIR /page
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend/ ./
# Its styles are in part those of the server's own pages, by links.
COPY app/static/ /app/static/
RUN npm run build

FROM python:3.13-slim-bookworm@sha256:67a1e1f215ccda113cfc024e8639049257e88f273898f595b61476d128d387e8 AS packages
WORKDIR /packages
ARG TRACES
COPY requirements.txt requirements-otel.txt ./
# A virtual environment without pip, filled by the image's own. botocore describes 400 services; we speak to S3 and
# CloudFront, and its chain of credentials to STS and SSO.
RUN python -m venv --without-pip /venv \
 && python -m pip --python /venv/bin/python install --no-cache-dir --require-hashes -r requirements.txt \
      ${TRACES:+-r requirements-otel.txt} \
 && find /venv/lib/python3.13/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
      ! -name s3 ! -name cloudfront ! -name sts ! -name sso ! -name sso-oidc -exec rm -r {} +

FROM python:3.13-slim-bookworm@sha256:67a1e1f215ccda113cfc024e8639049257e88f273898f595b61476d128d387e8 AS api
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Image host" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT"
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    GIT_COMMIT=$COMMIT
COPY --from=packages /venv /venv
WORKDIR /srv
COPY config.py exporter.py forms.py gunicorn.conf.py stream.py worker.py wsgi.py ./
COPY app/ app/
# Compiled now, for the file system is read-only later.
RUN /usr/local/bin/python -m pip uninstall --yes --quiet pip --root-user-action=ignore && python -m compileall -q /srv
# Pictures that the API takes in lie here meanwhile, on a disk, although the file system is read-only.
RUN install --directory --owner=10001 --group=10001 --mode=1777 /spool
ENV TMPDIR=/spool
VOLUME /spool
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request as http; http.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/health', timeout=2)"]
CMD ["gunicorn"]

FROM packages AS embedded
COPY requirements-local.txt ./
RUN python -m pip install --no-cache-dir --require-hashes --prefix /embedded -r requirements-local.txt

FROM api AS standalone
ENV INSTANCE_PATH=/data
COPY --from=embedded /embedded /venv
COPY --from=page /page/dist frontend/dist
COPY healthcheck.py ./
COPY deploy/caddy/ deploy/caddy/
USER root
# /data is for whichever user the container runs as. The parts of SeaweedFS call each other by sockets in /tmp, where a
# read-only container has nothing to write to.
RUN install --directory --owner=10001 --group=10001 --mode=1777 /data \
 && rm -r /tmp && ln --symbolic /dev/shm /tmp
USER 10001:10001
VOLUME /data
# 8000 without SITE_URL; 80 and 443, with HTTP/3, where SITE_URL begins with https.
EXPOSE 8000 80 443 443/udp
# A first start makes keys and a bucket, and gets a certificate.
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s CMD ["python", "healthcheck.py"]

FROM api
COPY --from=page /page/dist frontend/dist
