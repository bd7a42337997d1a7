# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.timeline.source"]

    _crm_timeline_kinds = ("lead", "opportunity")
    _crm_timeline_state_field = "won_status"
    _crm_timeline_amount_field = "expected_revenue"

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "company_id",
            "create_date",
            "expected_revenue",
            "name",
            "partner_id",
            "type",
            "user_id",
            "won_status",
        }

    def _crm_timeline_values(self):
        values = super()._crm_timeline_values()
        for lead in self:
            values[lead.id] = {
                "kind": lead.type,
                "date": lead.create_date,
                "partners": lead.partner_id,
                "title": lead.name,
                "state": lead.won_status,
                "user_id": lead.user_id.id,
                "company_id": lead.company_id.id,
                "amount": lead.expected_revenue,
                "currency_id": (lead.company_id or self.env.company).currency_id.id,
            }
        return values
