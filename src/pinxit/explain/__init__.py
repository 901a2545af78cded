"""Explains neural style transfer with a reader's own two pictures: one HTML page that needs no server and no net.

Python computes the numbers and pictures, always by the functions that paint; ``static/`` holds the page's text, style
and scripts, which `pinxit.explain.page` embeds. Knows no service and no command line.
"""
