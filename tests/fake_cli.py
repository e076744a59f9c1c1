"""The command line with the fake backends: `python -m tests.fake_cli compress …`."""

from kompakt.cli import main
from tests import fake_backend, fake_gpus

if __name__ == "__main__":
    fake_backend.install()
    fake_gpus.install()
    main()
