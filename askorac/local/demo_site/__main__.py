"""`python -m askorac.local.demo_site --port 8001 --web http://localhost:8000`"""

import argparse

from .server import serve


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m askorac.local.demo_site")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--web", required=True, help="the origin that the widget comes from")
    parser.add_argument("--key", help="a project's public key; else the demo project's")
    arguments = parser.parse_args()
    server = serve(arguments.port, arguments.web, arguments.key)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


main()
