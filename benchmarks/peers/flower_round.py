"""One round of Flower's simulation: a client a store, one-shot k-means.

Clients read no file of their own: each of Ray's processes reads the rows of all stores once, which
is less work than a thousand clients with a file each.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from flwr.app import ArrayRecord, Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.simulation import run_simulation

HERE = str(Path(__file__).parent)


def main(directory: str, clients: int) -> None:
    """Run the round."""
    server, client = ServerApp(), ClientApp()

    @client.train()
    def train(message: Message, context: Context) -> Message:
        sys.path.insert(0, HERE)
        from local_fit import fit
        from rows import by_store

        store = by_store(directory)[int(context.node_config["partition-id"])]
        return Message(RecordDict({"model": ArrayRecord(list(fit(store)))}), reply_to=message)

    @server.main()
    def serve(grid: Grid, context: Context) -> None:  # noqa: ARG001
        from local_fit import merge

        nodes = list(grid.get_node_ids())
        messages = [Message(RecordDict(), node, "train") for node in nodes]
        replies = [reply for reply in grid.send_and_receive(messages) if not reply.has_error()]
        found = [reply.content["model"].to_numpy_ndarrays() for reply in replies]
        if len(found) != clients:
            raise RuntimeError(f"{len(found)} of {clients} clients answered")
        centres = merge(
            np.concatenate([c for c, _ in found]), np.concatenate([n for _, n in found])
        )
        print(f"Flower: {len(found)} clients, {len(centres)} global clusters")

    resources = {"client_resources": {"num_cpus": 1, "num_gpus": 0.0}, "init_args": {"num_cpus": 2}}
    run_simulation(server, client, clients, backend_config=resources)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
