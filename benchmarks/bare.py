"""Settings of a site with one view that stores what is posted: what capture is measured against.

Everything else is as in production: server, middleware, database, logging.
"""

import os

from leadcrm.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare_urls"
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.bare"
