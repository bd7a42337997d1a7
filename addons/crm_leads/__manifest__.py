# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "CRM Leads and Opportunities",
    "summary": "Leads, opportunities and their conversion to account and contact in one step",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Suite contributors",
    "license": "LGPL-3",
    "depends": ["crm", "crm_accounts"],
    "data": [
        "wizards/crm_lead_to_opportunity_views.xml",
        "views/crm_lead_views.xml",
        "views/crm_leads_menus.xml",
    ],
    "demo": [
        "demo/crm_lead_demo.xml",
    ],
    "post_init_hook": "post_init_hook",
    "application": True,
}
