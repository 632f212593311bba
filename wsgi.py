"""What gunicorn and `flask run` serve."""

from app import create_app, seaweedfs
from config import Config

config = Config.from_env()
if config.embedded:
    config = seaweedfs.start(config)
app = create_app(config)
