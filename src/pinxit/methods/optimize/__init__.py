"""The method ``optimize``: descent on the pixels, by PyTorch. Nothing here reads or writes pictures."""
