"""The command line with the fake backend: `python -m tests.fake_cli compress …`."""

from kompakt.cli import main
from tests import fake_backend

if __name__ == "__main__":
    fake_backend.install()
    main()
