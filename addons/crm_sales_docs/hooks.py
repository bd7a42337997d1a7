# SPDX-License-Identifier: LGPL-3.0-or-later


def post_init_hook(env):
    """Leave companies that already deliver by hand as they are; a manager may switch later. Start
    the history.
    """
    delivered_by_hand = env["sale.order.line"]._read_group(
        [("qty_delivered_method", "=", "manual"), ("qty_delivered", "!=", 0)], ["company_id"]
    )
    companies = env["res.company"].union(*(company for (company,) in delivered_by_hand))
    companies.crm_delivery_control = False
    env["crm.timeline.backfill"]._crm_run_at_installation()
