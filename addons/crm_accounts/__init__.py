# SPDX-License-Identifier: LGPL-3.0-or-later
from . import models
from . import wizards


def post_init_hook(env):
    env["crm.match.key"]._crm_index_all("res.partner")
    env["crm.timeline.backfill"]._crm_run_at_installation()
