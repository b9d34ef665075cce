"""Networks: ``keras_nets`` and ``torch_nets`` build them by name; adding one is adding one function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

from fer_core.architectures.weights import how_to_get
from fer_core.errors import RecipeError, TrainingError, near_names

#: The ``weights`` of a pre-trained network: this means those of the library, a path loads a file, null draws them.
IMAGENET = "imagenet"


class Builders:
    """The networks of one framework by name; used as a decorator on each builder function."""

    def __init__(self, framework: str) -> None:
        self.framework = framework
        self._builders: dict[str, Callable[..., Any]] = {}

    def __call__(self, builder: Callable[..., Any]) -> Callable[..., Any]:
        self._builders[builder.__name__] = builder
        return builder

    def names(self) -> list[str]:
        return sorted(self._builders)

    def build(self, architecture: dict[str, Any], **fixed: Any) -> Any:
        """Call the builder that ``architecture["name"]`` names with the other settings.

        Raises:
            RecipeError: an unknown name or setting (the near one is named), or a setting left out.
        """
        settings = {key: value for key, value in architecture.items() if key != "name"}
        name = architecture["name"]
        if not isinstance(name, str) or name not in self._builders:
            near = near_names(str(name), self._builders)
            raise RecipeError(f"{self.framework} has no architecture {name!r}{near}")
        parameters = inspect.signature(self._builders[name]).parameters
        named = {key: p for key, p in parameters.items() if p.kind is p.KEYWORD_ONLY and key not in fixed}
        required = {key for key, parameter in named.items() if parameter.default is parameter.empty}
        refuse_settings(name, settings, named, required, given=fixed)
        try:
            return self._builders[name](**settings, **fixed)
        except (TypeError, ValueError, RuntimeError) as error:
            raise RecipeError(
                f"architecture {name} can't be built: {' '.join(str(error).split())}."
            ) from error


def refuse_settings(
    network: str,
    settings: Collection[str],
    known: Collection[str],
    required: Collection[str],
    *,
    given: Collection[str] = (),
) -> None:
    """RecipeError for a setting that ``network`` lacks (the near one is named), or a required one left out.

    ``given`` are those that a recipe must not set.
    """
    for key in settings:
        if key in given or key not in known:
            raise RecipeError(f"architecture {network} has no setting {key!r}{near_names(key, known)}")
    missing = set(required) - set(settings)
    if missing:
        raise RecipeError(f"architecture {network} lacks its setting {', '.join(sorted(missing))}.")


def refuse_foreign_model(model: str) -> None:
    """RecipeError for a name by which timm would load a network from a hub or a folder."""
    if any(sign in str(model) for sign in ":/\\"):
        raise RecipeError(
            f"architecture.model is {model!r}: a recipe names timm's own networks only, see timm.list_models()."
        )


def weights_unavailable(weights: str | None, model: str, error: Exception) -> TrainingError:
    """The sentence for pre-trained weights that can't be had: out of reach, absent, or another network's."""
    reason = (" ".join(str(error).split()) or type(error).__name__)[:200].rstrip(".")
    if weights == IMAGENET:
        return TrainingError(
            f"The ImageNet weights of {model} can't be downloaded ({reason}): "
            "set architecture.weights to the name of their file in FER_HOME/weights, or to null to begin from random "
            f"weights{how_to_get(model)}."
        )
    return TrainingError(f"{weights} can't be loaded as weights of {model}: {reason}.")
