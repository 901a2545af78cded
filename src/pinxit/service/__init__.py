"""The HTTP service: paints at once, keeps long work as jobs, and survives whatever it is sent.

::

    browser, program ── guard ── routes ──┬── pool ──▶ painter processes   one pass, at once
                                          └── jobs ──▶ one process a job   optimize, video, train

The server's own process never decodes a stranger's bytes: that happens in processes with limits, which may die.
"""
