"""``python -m guangsha``: the same as the command ``guangsha``."""

from guangsha.cli.main import main

raise SystemExit(main())
