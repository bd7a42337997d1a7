# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        with self.env["crm.module.capacity"]._guard_seats():
            return super().create(vals_list)

    def write(self, vals):
        if not (vals.get("active") or vals.keys() & {"group_ids", "share"}):
            return super().write(vals)
        with self.env["crm.module.capacity"]._guard_seats():
            return super().write(vals)

    def unlink(self):
        # The database deletes the activities of a user without telling the ORM.
        activities = self.env["mail.activity"].sudo().with_context(active_test=False)
        activities = activities.search([("user_id", "in", self.ids)])
        result = super().unlink()
        activities._crm_timeline_queue()
        return result
