"""The loss terms of the trainings, one module each, and their sums. Nothing here knows of steps or files."""
