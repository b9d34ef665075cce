"""A model registered as the process does it, in this one."""

from fer_core.curation import registration
from fer_core.curation.model_registration import register_model


def register(model, brought, tmp_path, name="mine.onnx"):
    """As the process does it, in this one."""
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    (work / f"{registration.GIVEN}.onnx").write_bytes(
        model if isinstance(model, bytes) else model.SerializeToString()
    )
    return register_model(work, name, brought)[0]
