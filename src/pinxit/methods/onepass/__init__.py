"""Painting in one pass of a network by ONNX Runtime; nothing here imports PyTorch."""
