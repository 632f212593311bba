{% extends "clients/screenshot.sh" %}
{% block about %}Take a screenshot with Flameshot, upload it, and copy its link. Give this script a keyboard shortcut.{% endblock %}
{% block take %}flameshot gui -r >"$picture" || true{% endblock %}
