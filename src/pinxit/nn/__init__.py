"""Networks, in PyTorch: VGG-19 with its weights and Gram matrix; the style encoder and the transform network.

Methods, metrics and training share them. Nothing here paints, measures or trains.
"""
