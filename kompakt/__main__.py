"""`python -m kompakt` is the command `kompakt-gpu`."""

from kompakt.cli import main

if __name__ == "__main__":
    main()
