"""`python -m portal.frontend`: build the phone's half."""

import sys

from portal.frontend.build import main

sys.exit(main())
