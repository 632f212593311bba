{% extends "clients/screenshot.sh" %}
{% block about %}Take a screenshot with Spectacle, upload it, and copy its link. Give this script a keyboard shortcut.{% endblock %}
{% block take %}spectacle --background --nonotify --region --output "$picture" || true{% endblock %}
