# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # Two accounts may have the same product, one account may not. All rows move, also those
        # that whoever may merge these contacts does not see.
        rows = self.env["crm.customer.product"].sudo()
        rows.search([("account_id", "in", src_partners.ids)])._crm_prepare_merge(dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)
