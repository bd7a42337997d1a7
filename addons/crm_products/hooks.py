# SPDX-License-Identifier: LGPL-3.0-or-later


def post_init_hook(env):
    """Turn price lists on for every employee, as the switch in Odoo's settings does."""
    employees = env.ref("base.group_user")
    pricelists = env.ref("product.group_product_pricelist")
    # A database that uses price lists already keeps the lists its people chose.
    if pricelists not in employees.implied_ids:
        employees._apply_group(pricelists)
        env["res.company"]._activate_or_create_pricelists()
