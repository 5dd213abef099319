"""The toy application as a process of its own, to be killed: `python -m tests.sync.server URL FOLDER PORT`."""

from __future__ import annotations

import sys

from werkzeug.serving import make_server

from sync.kinds import KINDS
from sync.models import CONFLICT, DEVICE
from tests.sync import toys
from tests.sync.conftest import make_app


def main(url: str, folder: str, port: int) -> None:
    KINDS.clear()
    KINDS.update({kind.name: kind for kind in [*toys.KINDS, CONFLICT, DEVICE]})
    app = make_app(url, folder)
    server = make_server("127.0.0.1", port, app, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
