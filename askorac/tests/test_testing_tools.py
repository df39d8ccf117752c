"""What the checks and browser tests need from the machine."""

import os
import subprocess
from pathlib import Path

import pytest

from askorac.testing import browser, node
from askorac.testing.missing import Missing, run_quietly


def test_chosen_chromium_that_does_not_start_is_refused(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/bin/false")
    with pytest.raises(Missing, match=r"CHROMIUM is /bin/false, which does not start\."):
        browser.find_chromium()


def test_machine_without_chromium_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "PLACES", ())
    monkeypatch.setattr(browser, "CARRIED", tmp_path)
    with pytest.raises(Missing, match="apt-get install chromium"):
        browser.find_chromium()


def test_program_that_only_refuses_is_no_chromium(monkeypatch, tmp_path):
    stub = tmp_path / "chromium"
    stub.write_text("#!/bin/sh\necho install the snap\nexit 1\n", encoding="utf-8")
    stub.chmod(0o755)
    assert not browser.Chromium(stub).starts()


def test_found_chromium_starts_by_its_options():
    options = browser.find_chromium().launch_options()
    command = [options["executable_path"], "--version"]
    said = subprocess.run(command, env=options["env"], capture_output=True, text=True, check=True)
    assert "hrom" in said.stdout


def test_node_too_old_is_not_taken(tmp_path):
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v16.20.2\n", encoding="utf-8")
    old.chmod(0o755)
    (tmp_path / "npm").touch()
    assert node._usable(old, tmp_path / "npm") is None


def test_axe_is_installed_by_the_checks():
    assert "axe" in node.axe_script().read_text(encoding="utf-8")[:200]


def test_failed_installation_says_why():
    with pytest.raises(Missing, match="no luck:\nbecause"):
        run_quietly(
            ["sh", "-c", "echo because; exit 1"],
            folder=Path.cwd(),
            environment=os.environ,
            purpose="no luck",
        )
