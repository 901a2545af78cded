"""The HTTP service: paints at once, runs long work as jobs, and withstands hostile input.

::

    browser, program ── middleware ── routes ──┬── workers/pool ──▶ one-pass processes       at once
                                               └── jobs/queue ────▶ one process for a job    optimize, video, train

The server process never decodes clients' files: worker processes with limits do that. Painting itself stays out of this
package; it asks the library for it.
"""
