"""Loss terms of the one-pass networks' training."""
