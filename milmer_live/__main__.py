"""`python -m milmer_live` is `milmer-live`."""

from milmer_live.cli.app import main

main()
