# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "CRM Reports",
    "summary": "Reports built by users: filters, groups, measures, charts, pivots, Excel",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Suite contributors",
    "license": "LGPL-3",
    "depends": ["spreadsheet", "web", "mail", "crm_accounts"],
    "data": [
        "security/crm_reports_groups.xml",
        "security/ir.model.access.csv",
        "security/crm_reports_rules.xml",
        "data/crm_report_data.xml",
        "views/crm_report_views.xml",
        "views/crm_reports_menus.xml",
    ],
    "demo": [
        "demo/crm_report_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "crm_reports/static/src/report_source/*",
            "crm_reports/static/src/report_builder/*",
        ],
        "web.assets_tests": [
            "crm_reports/static/tests/tours/*",
        ],
    },
    "application": True,
}
