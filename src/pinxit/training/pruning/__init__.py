"""Smaller networks made from trained ones in closed form: VGG-19 and the transform network."""
