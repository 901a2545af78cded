"""Measurements of pinxit beside its peers. README.md tells how to run and read them; results/ holds the figures."""
