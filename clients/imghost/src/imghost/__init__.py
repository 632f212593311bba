"""Upload pictures to an image host from a terminal, a script or an editor."""

__version__ = "0.1.0"
