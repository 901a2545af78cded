"""The method `optimize` beside its peer pastiche: the same pairs, one run, each program as a whole process."""
