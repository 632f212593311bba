"""The store that runs beside the server where no S3 is configured: SeaweedFS, its supervisor and its keys."""
