"""Files on the disk: atomic writes, the model cache, fingerprints, recipes, network files. Knows no pictures."""
