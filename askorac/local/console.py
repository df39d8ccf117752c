"""What the person at the terminal sees: our own steps, and each process's lines by its name."""

import sys
import threading
from dataclasses import dataclass, field
from typing import IO, TextIO

WIDTH = 9
COLOURS = (36, 33, 35, 32, 34, 31)  # cyan first; a name keeps the colour it got


@dataclass(slots=True)
class Console:
    """Writes whole lines, from several threads; colours them only on a terminal."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    _colours: dict[str, int] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def say(self, text: str) -> None:
        """One of our own lines."""
        self._write(f"{text}\n")

    def line(self, name: str, text: str) -> None:
        """A line that the process `name` wrote."""
        self._write(f"{self._label(name)} {text}\n")

    def relay(self, name: str, pipe: IO[bytes]) -> threading.Thread:
        """Show what comes out of `pipe` until it ends, in a thread of its own."""
        thread = threading.Thread(target=self._relay, args=(name, pipe), daemon=True)
        thread.start()
        return thread

    def _relay(self, name: str, pipe: IO[bytes]) -> None:
        with pipe:
            for raw in pipe:
                self.line(name, raw.decode("utf-8", errors="replace").rstrip("\r\n"))

    def _label(self, name: str) -> str:
        label = f"{name:>{WIDTH}} |"
        if not self.stream.isatty():
            return label
        colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\033[{colour}m{label}\033[0m"

    def _write(self, text: str) -> None:
        with self._lock:
            self.stream.write(text)
            self.stream.flush()
