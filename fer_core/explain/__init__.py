"""Where a model looks: Grad-CAM on any convolutional layer of any model file, whatever framework made it.

``graph.py`` reads a file's network, ``torch_graph.py`` runs it in PyTorch for its gradients, ``grad_cam.py``
makes the maps, ``worker.py`` does it in a process of its own for ``explainer.py``; ``heat_pictures.py`` lays maps
over faces. Only that process imports PyTorch.
"""
