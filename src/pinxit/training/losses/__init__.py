"""The loss terms, of features and of pixels, and their sums in each recipe. Nothing here knows of steps or files."""
