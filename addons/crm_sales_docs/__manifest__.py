# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "CRM Sales Documents",
    "summary": "Quotes, delivery notes and invoices, each one click from the other",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Suite contributors",
    "license": "LGPL-3",
    "depends": ["sale_management", "crm_products"],
    "data": [
        "security/crm_sales_docs_groups.xml",
        "security/ir.model.access.csv",
        "security/crm_sales_docs_rules.xml",
        "data/crm_delivery_series_data.xml",
        "report/customer_code_templates.xml",
        "report/crm_delivery_note_templates.xml",
        "report/crm_delivery_note_reports.xml",
        "wizards/crm_delivery_note_cancel_views.xml",
        "wizards/crm_delivery_note_sign_views.xml",
        "views/crm_delivery_note_views.xml",
        "views/crm_delivery_series_views.xml",
        "views/account_move_views.xml",
        "views/sale_order_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        "views/portal_templates.xml",
        "views/crm_sales_docs_menus.xml",
    ],
    "demo": [
        "demo/sale_order_demo.xml",
        "demo/crm_delivery_note_demo.xml",
    ],
    "assets": {
        "web.report_assets_common": [
            "crm_sales_docs/static/src/report/sales_documents.scss",
        ],
        "web.assets_tests": [
            "crm_sales_docs/static/tests/tours/**/*",
        ],
    },
    "post_init_hook": "post_init_hook",
    "application": True,
}
