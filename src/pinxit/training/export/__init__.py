"""Trained networks written as ONNX graphs and network files."""
