"""Networks that methods, metrics and training share: VGG-19, its weights, the fast convolution."""
