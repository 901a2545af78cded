"""The studio: pinxit's web page, static files that the service sends unchanged.

Holds HTML, CSS, JavaScript and example pictures, and no Python but where they are and under which policy they are
served. No build step, no framework, nothing from other sites.
"""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""The folder of the page's files, served at ``/``; ``index.html`` is the page."""

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
"""The header ``Content-Security-Policy``: exactly what the page needs, nothing inline, nothing from other sites."""
