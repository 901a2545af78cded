"""Networks made smaller: the trained VGG-19 encoder and the transform network."""
