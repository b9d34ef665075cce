"""Graphs of TensorFlow.js (.json with its .bin) as networks. Imports TensorFlow: for the process that registers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.adapting.converting import OPSET, first_line, quiet
from fer_core.adapting.network import Network, onnx_network
from fer_core.adapting.tfjs_weights import read_manifest, read_weights
from fer_core.errors import AdaptationError

_FUSED = "_FusedConv2D"


def tfjs_network(
    path: Path, name: str, files: Mapping[str, bytes], stated: dict[str, Any], output: str = ""
) -> Network:
    """The graph with its weights as tf2onnx converts it, and TensorFlow as its own runtime.

    AdaptationError where it is no such graph, lacks its weights, or can't be converted.
    """
    content = read_manifest(path.read_bytes(), name)
    weights = read_weights(content, files, name)
    with quiet():
        import tensorflow as tf
        import tf2onnx

        try:
            graph, given, answer = _graph(content, weights, tf)
            core, _ = tf2onnx.convert.from_graph_def(
                graph, input_names=[given], output_names=[answer], opset=OPSET
            )
        except Exception as error:  # whatever the converter meets in a file of strangers
            raise AdaptationError(f"{name} can't be converted to ONNX: {first_line(error)}.") from error
    network = onnx_network(core, name, stated, output)
    return Network(
        **vars(network)
        | {"own": _asking(graph, given, answer, tf), "made_with": "converted from TensorFlow.js by tf2onnx"}
    )


def _graph(content: Mapping[str, Any], weights: Mapping[str, np.ndarray], tf: Any) -> tuple[Any, str, str]:
    """The graph, and the names of its input and output."""
    from google.protobuf import json_format

    topology = content["modelTopology"]
    for node in topology["node"]:
        if node["op"] == _FUSED:  # which TensorFlow wants named with its arguments
            count = int(node["attr"]["num_args"]["i"])
            node["attr"].setdefault("TArgs", {"list": {"type": ["DT_FLOAT"] * count}})
    text = json.dumps({"node": topology["node"], "library": topology.get("library", {})})
    graph = json_format.Parse(text, tf.compat.v1.GraphDef())
    graph.versions.producer = 1
    for node in graph.node:
        if node.op == "Const":
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(weights[node.name]))
    given = [node.name for node in graph.node if node.op == "Placeholder"]
    used = {name.split(":")[0] for node in graph.node for name in node.input}
    ends = [node.name for node in graph.node if node.name not in used]
    if len(given) != 1 or len(ends) != 1:
        raise ValueError(f"it has {len(given)} inputs and {len(ends)} outputs")
    return graph, f"{given[0]}:0", f"{ends[0]}:0"


def _asking(graph: Any, given: str, answer: str, tf: Any):
    with tf.Graph().as_default() as own:
        tf.import_graph_def(graph, name="")
    session = tf.compat.v1.Session(graph=own)
    return lambda pictures: session.run(answer, {given: pictures})
