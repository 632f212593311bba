#!/bin/sh
# {% block about required %}{% endblock %}

set -eu

{% if token %}# Put your access token between the quotes; whoever runs the server gives them out.
{% else %}# This server needs no access token. If it ever does, put yours between the quotes.
{% endif %}token='{{ token }}'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

# Print the link to a picture; or say why there is none, and fail.
upload() {
  # curl reads - as its input, and takes apart a name that is not in quotes.
  case $1 in /*) path=$1 ;; *) path=./$1 ;; esac
  path=$(printf '%s\n' "$path" | sed 's/["\\]/\\&/g')
  # The token goes through a pipe: everybody on this machine can read the arguments of a program.
  status=$(
    { [ -z "$token" ] || printf 'Authorization: Bearer %s\n' "$token"; } |
      curl --silent --show-error --max-time 600 --header @- --header 'Accept: text/plain' \
        --form "file=@\"$path\"" --output "$folder/answer" --write-out '%{http_code}' {{ url | quote }}
  ) || return 1
  if [ "$status" = 201 ]; then
    cat "$folder/answer"
    return
  fi
  reason=$(sed -n 's/.*"detail": *"\([^"]*\)".*/\1/p' "$folder/answer")
  echo "${reason:-The server answered with status $status.}" >&2
  return 1
}

{% block work required %}{% endblock %}
