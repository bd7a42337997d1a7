# SPDX-License-Identifier: LGPL-3.0-or-later
from . import models


def post_init_hook(env):
    env["crm.timeline.backfill"]._crm_run_at_installation()
