"""`python -m estrade`, the same as `estrade`."""

from __future__ import annotations

import sys

from estrade.site.cli import main

sys.exit(main())
