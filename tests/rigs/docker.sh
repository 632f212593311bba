#!/usr/bin/env bash
# Stands in for docker: notes what it is told, and on a push tells moto's ECR of the image. A file that it saves says
# which platform it was built for.
set -euo pipefail
printf '%s\n' "$*" >>"$DOCKER_LOG"
case $1 in
  login) read -r password && [ -n "$password" ] ;;
  build) printf '%s' "${3#linux/}" >"$DOCKER_LOG.built" ;;
  save) if [ "$2" != --help ]; then printf '%s %s' "$4" "$(cat "$DOCKER_LOG.built")" >"$3"; fi ;;
  load) cp "$3" "$DOCKER_LOG.loaded" ;;
  image) [ "$5" = "$(cut -d ' ' -f 1 "$DOCKER_LOG.loaded")" ] && cut -d ' ' -f 2 "$DOCKER_LOG.loaded" ;;
  push)
    name=${2#*/}
    kind=application/vnd.docker
    manifest='{"schemaVersion": 2, "mediaType": "'$kind'.distribution.manifest.v2+json", "layers": [],
      "config": {"mediaType": "'$kind'.container.image.v1+json", "size": 1, "digest": "sha256:'${2#*:}'"}}'
    aws ecr put-image --repository-name "${name%:*}" --image-tag "${name#*:}" --image-manifest "$manifest" >/dev/null ;;
esac
