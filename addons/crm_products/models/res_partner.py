# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def unlink(self):
        # The database deletes the prices of a vendor, without telling them.
        self.env["product.supplierinfo"]._crm_log_cascade("partner_id", "in", self)
        return super().unlink()
