"""python3 -m wsconform_spec"""

import sys

from wsconform_spec.cli import main

sys.exit(main())
