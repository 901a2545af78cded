"""Export: trained networks as ONNX graphs, in the one file that paints."""
