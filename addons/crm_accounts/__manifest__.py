# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "CRM Accounts and Contacts",
    "summary": "Accounts, departments, contacts, calls and visits",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Suite contributors",
    "license": "LGPL-3",
    "depends": ["contacts", "calendar", "sales_team", "phone_validation", "web_hierarchy"],
    "data": [
        "security/ir.model.access.csv",
        "security/crm_accounts_rules.xml",
        "data/crm_account_kind_data.xml",
        "data/crm_account_role_data.xml",
        "data/ir_cron_data.xml",
        "views/crm_account_role_views.xml",
        "views/crm_call_views.xml",
        "views/calendar_event_views.xml",
        "views/res_partner_views.xml",
        "views/crm_accounts_menus.xml",
    ],
    "demo": [
        "demo/res_partner_demo.xml",
        "demo/crm_account_contact_demo.xml",
        "demo/crm_call_demo.xml",
        "demo/calendar_event_demo.xml",
    ],
    "assets": {
        "web.assets_tests": ["crm_accounts/static/tests/tours/**/*.js"],
    },
    "post_init_hook": "post_init_hook",
    "application": True,
}
