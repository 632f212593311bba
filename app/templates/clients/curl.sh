{% extends "clients/upload.sh" %}
{% block about %}Upload pictures and print their links, one a line: sh curl.sh PICTURE…{% endblock %}
{% block work -%}
if [ $# = 0 ]; then
  echo "Name the pictures: sh $0 PICTURE…" >&2
  exit 2
fi
failed=0
for picture in "$@"; do
  upload "$picture" || failed=1
done
exit $failed
{%- endblock %}
