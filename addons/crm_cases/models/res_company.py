# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._crm_create_case_sequences()
        return companies

    @api.model
    def _crm_create_missing_case_sequences(self):
        self.with_context(active_test=False).search([])._crm_create_case_sequences()

    def _crm_create_case_sequences(self):
        """Give every company its own numbers for cases; those that have them keep them."""
        # The external ids let the sequences leave with the addon, and never come twice.
        # sudo: whoever may create a company need not be allowed to set up sequences.
        # A company may come with the data of any addon.
        sequences = self.env["ir.sequence"].sudo().with_context(foreign_record_to_create=True)
        sequences._load_records(
            [
                {
                    "xml_id": f"crm_cases.sequence_crm_case_company_{company.id}",
                    "noupdate": True,
                    "values": {
                        "name": self.env._("Cases of %(company)s", company=company.name),
                        "code": "crm.case",
                        "prefix": "C",
                        "padding": 5,
                        "company_id": company.id,
                    },
                }
                for company in self
            ]
        )
