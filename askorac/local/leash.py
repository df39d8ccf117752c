"""Run one program that can't outlive its parent.

    python -I -S leash.py SIGNAL PARENT ACCOUNT PROGRAM ARGUMENT...

The kernel sends SIGNAL to the program when PARENT (a process id) is gone, however it
went. ACCOUNT is the login name to become first, or "-" to stay who we are. Being a program
of its own, it needs no code between fork and exec, which threads would make unsafe.
Where the kernel knows no such signal (macOS), the program just runs.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(account: str) -> None:
    """Drop root's rights for those of `account`, its own group only."""
    entry = pwd.getpwnam(account)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def end_with_parent(last_signal: signal.Signals, parent: int) -> None:
    """Have the kernel send us `last_signal` when `parent` ends; exit if it has already."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(last_signal)) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses a parent-death signal")
    if os.getppid() != parent:
        sys.exit(1)


def main() -> None:
    """Become the program named on the command line."""
    last_signal, parent, account, *program = sys.argv[1:]
    if account != "-":
        become(account)
    # After the change of user, which would clear it.
    end_with_parent(signal.Signals[last_signal], int(parent))
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
