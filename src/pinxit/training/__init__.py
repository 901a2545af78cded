"""Training of the one-pass networks, with PyTorch (extra ``[train]``). Nothing here is needed to paint."""
