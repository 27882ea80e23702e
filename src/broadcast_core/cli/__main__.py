"""Run the `broadcast` command with `python -m broadcast_core.cli`."""

from __future__ import annotations

from broadcast_core.cli import main

if __name__ == "__main__":
    main()
