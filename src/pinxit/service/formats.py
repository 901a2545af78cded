"""The file formats of results: their names in requests, and their media types."""

from __future__ import annotations

IMAGE_FORMATS = ("png", "jpeg", "webp", "tiff")
FILM_FORMATS = ("mp4", "mov", "mkv", "webm", "gif", "webp")
NETWORK_FORMATS = ("pinxit",)
MEDIA_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "pinxit": "application/octet-stream",
}
