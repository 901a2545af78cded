"""Many pictures: output names, the manifest of finished ones, contact sheets, and the pages about a gallery of styles.

Painting itself does not belong here; neither does anything that prints.
"""
