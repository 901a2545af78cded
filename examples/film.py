"""Paint a film, from one style to another: ``python examples/film.py FILM FIRST_PAINTING LAST_PAINTING OUTPUT``.

Needs `pip install '.[video]'`. An interrupted run goes on where it stopped.
"""

import sys

import pinxit

film, first, last, output = sys.argv[1:]

report = pinxit.stylize_video(
    film,
    first,
    output,
    to=last,  # the share of the last style rises from 0 to 1 over the film
    size=640,
    resume=True,
    progress=True,
)
print(f"\n{output}: {report.frames} frames")
