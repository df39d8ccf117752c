"""What is printed when everything runs: where to go, and as whom."""

from pathlib import Path

from askorac.environment import read

from .application import Addresses

DEMO_EMAIL = "demo@askorac.example"


def welcome(addresses: Addresses, *, data_folder: Path) -> str:
    """A block of lines for the terminal."""
    rows = {
        "Dashboard": addresses.web,
        "Demo page": f"{addresses.demo} (a made-up site with the widget on it)",
        "Log in as": f"{DEMO_EMAIL} with {read('DEMO_PASSWORD')} (works on this machine only)",
        "Answers": _answerer(),
        "Data": str(data_folder),
        "Stop": "Ctrl-C",
    }
    lines = "\n".join(f"  {name:<10} {value}" for name, value in rows.items())
    return f"\nAskOrac is ready.\n\n{lines}\n"


def _answerer() -> str:
    if read("OPENAI_API_KEY"):
        return "written by OpenAI's models, with your OPENAI_API_KEY"
    return "quoted from the documents; set OPENAI_API_KEY to connect a language model"
