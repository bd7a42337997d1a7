# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models

# What gives a group to users without a write on them.
_GIVES_SEATS = {"user_ids", "implied_ids", "implied_by_ids", "privilege_id"}


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        with self.env["crm.module.capacity"]._guard_seats():
            return super().create(vals_list)

    def write(self, vals):
        if not vals.keys() & _GIVES_SEATS:
            return super().write(vals)
        with self.env["crm.module.capacity"]._guard_seats():
            return super().write(vals)
