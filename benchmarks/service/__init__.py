"""The HTTP service under load, and the studio's page in a browser."""
