"""Paint one photo in the style of a painting: ``python examples/one_picture.py PHOTO PAINTING OUTPUT``."""

import sys

import pinxit

photo, painting, output = sys.argv[1:]

# The default method takes a fraction of a second. method="optimize" takes minutes and comes nearer to the painting.
painted = pinxit.stylize(photo, painting, size=1024, strength=0.9)

# The file holds the recipe: `pinxit stylize --recipe OUTPUT` paints the picture again.
painted.save(output)
print(f"{output}: {painted.image.shape[1]} x {painted.image.shape[0]} px")
