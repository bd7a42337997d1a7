# SPDX-License-Identifier: LGPL-3.0-or-later


def post_init_hook(env):
    """Count what the warehouse has still to deliver as to be delivered. Nothing else changes: what
    left before has no note, unless somebody asks for one on the transfer.
    """
    orders = (
        env["sale.order.line"]
        .search([("state", "=", "sale"), ("qty_delivered_method", "=", "stock_move")])
        .order_id
    )
    env.add_to_compute(orders._fields["crm_delivery_state"], orders)
    orders.flush_recordset(["crm_delivery_state"])
