"""`python -m portal.translations`: what is missing or no longer used; exit status 1 when anything is."""

import sys

from portal.translations import main

sys.exit(main())
