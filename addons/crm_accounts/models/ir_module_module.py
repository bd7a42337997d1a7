# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def write(self, vals):
        result = super().write(vals)
        # What Odoo writes last when it has installed or upgraded a module.
        if vals.get("state") == "installed":
            self.env["crm.module.capacity"]._add_missing()
        return result
