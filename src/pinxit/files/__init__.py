"""Files on the disk: whole writes, the model cache, recipes, network files. May not know what is painted."""
