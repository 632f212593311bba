{% extends "clients/upload.sh" %}
{% block work -%}
# Put the input on the clipboard, with whichever program there is; both kinds stay behind, so they get no output to hold.
copy() {
  if [ -n "${WAYLAND_DISPLAY-}" ] && command -v wl-copy >/dev/null; then
    wl-copy >/dev/null 2>&1
  elif command -v xclip >/dev/null; then
    xclip -selection clipboard >/dev/null 2>&1
  else
    cat >/dev/null
  fi
}

tell() {
  if command -v notify-send >/dev/null; then notify-send "$1" || true; fi
}

picture=$folder/screenshot.png
{% block take required %}{% endblock %}
# Without a picture, somebody has changed their mind.
[ "$(head -c 4 "$picture" 2>/dev/null | tail -c 3)" = PNG ] || exit 1

if link=$(upload "$picture" 2>"$folder/reason"); then
  printf '%s' "$link" | copy || true
  tell "$link"
  echo "$link"
else
  tell "$(cat "$folder/reason")"
  cat "$folder/reason" >&2
  exit 1
fi
{%- endblock %}
