"""The studio: the web page of pinxit, plain files that the service sends as they are.

No build step, no framework, and nothing from the net: the page works offline and under the strict policy below.
"""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""The folder of the page's files, to be served at ``/``; ``index.html`` is the page."""

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
"""The header ``Content-Security-Policy``, what the page needs and no more: nothing inline, nothing from elsewhere."""
