"""`python -m khien` is `khien`."""

import sys

from khien.app.cli import main

sys.exit(main())
