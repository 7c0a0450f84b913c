"""python3 -m wsconform: see cli."""

import sys

from wsconform.cli import main

sys.exit(main())
