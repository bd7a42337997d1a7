# SPDX-License-Identifier: LGPL-3.0-or-later
{
    "name": "CRM Accounts: Purchase Orders",
    "summary": "Requests for quotation and purchase orders in the history of the supplier",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM Suite contributors",
    "license": "LGPL-3",
    "depends": ["purchase", "crm_accounts_account"],
    "post_init_hook": "post_init_hook",
    "auto_install": True,
}
