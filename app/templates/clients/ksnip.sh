{% extends "clients/upload.sh" %}
{% block about %}Upload a picture for ksnip, which gives its path and reads the link. Errors go to stderr, nothing else does.{% endblock %}
{% block work -%}
upload "$1"
{%- endblock %}
