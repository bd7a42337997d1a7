# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "CRM Products and Prices",
    "summary": "Goods, services, price lists and vendor prices",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Suite contributors",
    "license": "LGPL-3",
    "depends": ["product", "crm_accounts"],
    "data": [
        "security/crm_products_groups.xml",
        "security/ir.model.access.csv",
        "security/crm_products_rules.xml",
        "data/crm_price_import_data.xml",
        "views/crm_price_import_views.xml",
        "views/product_template_views.xml",
        "views/product_pricelist_views.xml",
        "views/product_supplierinfo_views.xml",
        "views/crm_products_menus.xml",
    ],
    "demo": [
        "demo/product_product_demo.xml",
        "demo/product_pricelist_demo.xml",
        "demo/product_supplierinfo_demo.xml",
    ],
    "assets": {
        "web.assets_backend": ["crm_products/static/src/**/*"],
        "web.assets_tests": ["crm_products/static/tests/tours/**/*.js"],
    },
    "post_init_hook": "post_init_hook",
    "application": True,
}
