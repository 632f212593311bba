"""What gunicorn and `flask run` serve."""

import sys

from app import create_app, seaweedfs
from config import Config, ConfigError

try:
    config = Config.from_env()
    if config.embedded:
        config = seaweedfs.start(config)
except (ConfigError, seaweedfs.StoreFailed) as error:
    sys.exit(str(error))

app = create_app(config)
