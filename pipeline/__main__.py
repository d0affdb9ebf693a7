"""`python -m pipeline` is the command `celosia`."""

from pipeline.cli import main

raise SystemExit(main())
