"""FER2013 and its like: import, audit, splits as arrays, whole-batch augmentation."""

from fer_core.data.split import Dataset, Split
from fer_core.data.store import import_dataset, is_imported, load_dataset

__all__ = ["Dataset", "Split", "import_dataset", "is_imported", "load_dataset"]
