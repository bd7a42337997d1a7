# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "CRM Accounts: Leads and Opportunities",
    "summary": "Leads and opportunities in the history and the figures of their account",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Suite contributors",
    "license": "LGPL-3",
    "depends": ["crm", "crm_accounts"],
    "data": ["views/res_partner_views.xml"],
    "post_init_hook": "post_init_hook",
    "auto_install": True,
}
