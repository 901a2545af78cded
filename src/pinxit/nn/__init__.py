"""Networks that methods, metrics and training share: VGG-19, its weights, Gram matrix, the fast convolution."""
