"""What is printed when everything runs: where to go, and as whom."""

import json
from pathlib import Path

from askorac.environment import read

from .application import Addresses


def welcome(addresses: Addresses, *, data_folder: Path) -> str:
    """A block of lines for the terminal."""
    login = f"{_demo_email(data_folder)} with {read('DEMO_PASSWORD')}"
    rows = {
        "Dashboard": addresses.web,
        "Demo page": f"{addresses.demo} (a made-up site with the widget on it)",
        "Log in as": f"{login} (works on this machine only)",
        "Answers": _answerer(),
        "Data": str(data_folder),
        "Stop": "Ctrl-C",
    }
    lines = "\n".join(f"  {name:<10} {value}" for name, value in rows.items())
    return f"\nAskOrac is ready.\n\n{lines}\n"


def _demo_email(data_folder: Path) -> str:
    demo: dict[str, str] = json.loads((data_folder / "demo.json").read_text(encoding="utf-8"))
    return demo["email"]


def _answerer() -> str:
    for name, maker in (("OPENAI", "OpenAI"), ("ANTHROPIC", "Anthropic"), ("GEMINI", "Gemini")):
        if read(f"{name}_API_KEY"):
            return f"written by {maker}'s models, with your {name}_API_KEY"
    return "quoted from the documents; set OPENAI_API_KEY to connect a language model"
