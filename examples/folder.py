"""Paint every photo of a folder in one style: ``python examples/folder.py FOLDER PAINTING OUTPUT_FOLDER``.

`pinxit stylize FOLDER --style PAINTING -o OUTPUT_FOLDER` does the same, and resumes where an earlier run stopped.
"""

import sys
from pathlib import Path

import pinxit

folder, painting, output = map(Path, sys.argv[1:])
output.mkdir(parents=True, exist_ok=True)

stylizer = pinxit.Stylizer(painting, size=1024)  # the style is read and encoded once
for photo in sorted(folder.glob("*.[jp][pn]g")):
    try:
        stylizer(photo).save(output / f"{photo.stem}.png")
    except pinxit.PinxitError as error:  # a broken file, say; the message tells what helps
        print(f"{photo.name}: {error}", file=sys.stderr)
    else:
        print(output / f"{photo.stem}.png")
