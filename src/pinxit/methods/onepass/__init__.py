"""Painting in one pass, by ONNX Runtime; PyTorch is not needed and not loaded."""
