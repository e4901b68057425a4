"""``python -m tmsba`` is the command ``tmsba``."""

from tmsba.cli import main

if __name__ == "__main__":
    main(prog_name="tmsba")
