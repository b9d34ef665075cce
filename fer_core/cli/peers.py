"""``python -m fer_core peers``: models of others, fetched and measured like ours."""

from __future__ import annotations

import argparse

from fer_core.cli.register import waited


def add_command(subparsers: argparse._SubParsersAction) -> None:
    """Add ``peers`` to the command line."""
    peers = subparsers.add_parser("peers", help="models of others, to hold ours against").add_subparsers(
        required=True
    )
    command = peers.add_parser("list", help="which there are, and which are here")
    command.set_defaults(command=show)
    command = peers.add_parser(
        "add", help="fetch their packages by pip or npm, adapt, prove and measure them"
    )
    command.add_argument("names", nargs="+", metavar="NAME", help="such as fer, or all")
    command.set_defaults(command=add)


def show(options: argparse.Namespace) -> None:
    """Every peer with its package."""
    from fer_core.curation.peers import list_peers
    from fer_core.variants.registry import list_variants

    here = {variant.id for variant in list_variants()}
    for peer in list_peers().values():
        there = "here" if peer.id in here else "-"
        print(f"{peer.id:20}{there:6}{peer.registry:6}{peer.package} {peer.version}  {peer.licence}")


def add(options: argparse.Namespace) -> None:
    """Fetch and register them, one after the other."""
    from fer_core.curation.peers import get_peer, list_peers, start_adding

    names = list(list_peers()) if options.names == ["all"] else options.names
    for peer in [get_peer(name) for name in names]:
        for sentence in waited(start_adding(peer))["findings"]:
            print(sentence)
        print(f"{peer.id} is registered")
