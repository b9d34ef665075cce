"""Optimizers of PyTorch as a recipe names them."""

from __future__ import annotations

import torch
from torch import nn

from fer_core.recipes.recipe import Recipe


def optimizer_of(recipe: Recipe, net: nn.Module) -> torch.optim.Optimizer:
    """The optimizer of a recipe; backbone and head in groups of their own where their rates differ."""
    settings = recipe.optimizer
    common = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    weights: object = net.parameters()
    if settings.backbone_factor != 1 or recipe.schedule.head_epochs:
        weights = _backbone_and_head(net)
    if settings.name == "sgd":
        return torch.optim.SGD(weights, momentum=settings.momentum, nesterov=settings.nesterov, **common)
    if settings.name == "rmsprop":
        return torch.optim.RMSprop(weights, momentum=settings.momentum, **common)
    return torch.optim.Adam(weights, **common)


def _backbone_and_head(net: nn.Module) -> list[dict]:
    """Two groups of weights: the last linear layer, and everything before it."""
    head = list([module for module in net.modules() if isinstance(module, nn.Linear)][-1].parameters())
    chosen = {id(weight) for weight in head}
    backbone = [weight for weight in net.parameters() if id(weight) not in chosen]
    return [{"params": backbone, "backbone": True}, {"params": head}]
