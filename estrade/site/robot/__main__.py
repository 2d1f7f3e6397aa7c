"""`python -m estrade.site.robot`."""

import sys

from estrade.site.robot import main

sys.exit(main())
