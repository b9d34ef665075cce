"""Training: one loop for all frameworks, one file per framework, export to the ONNX contract."""
