"""The loss terms, of features and of pixels, and the sum for any style. Nothing here knows of steps or files."""
