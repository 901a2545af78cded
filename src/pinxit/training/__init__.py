"""Teaching the one-pass networks: PyTorch, the extra ``[train]``; nothing here is needed to paint."""
