# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "CRM Sales Documents: Inventory",
    "summary": "Delivery notes that follow the transfers of the warehouse, or lead them",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Suite contributors",
    "license": "LGPL-3",
    "depends": ["sale_stock", "crm_sales_docs"],
    "data": [
        "views/crm_delivery_note_views.xml",
        "views/stock_picking_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "post_init_hook": "post_init_hook",
    "auto_install": True,
}
