# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models


class CrmCaseSolution(models.Model):
    """What a solution did for a case."""

    _name = "crm.case.solution"
    _description = "Solution of a Case"
    _order = "id desc"

    case_id = fields.Many2one("crm.case", required=True, index=True, ondelete="cascade")
    solution_id = fields.Many2one("crm.solution", required=True, index=True, ondelete="restrict")
    role = fields.Selection(
        [
            ("sent", "Sent to the Requester"),
            ("resolved_by", "Resolved the Case"),
            ("created_from", "Written from the Case"),
        ],
        required=True,
        default="resolved_by",
    )
    user_id = fields.Many2one(
        "res.users", "Linked by", default=lambda self: self.env.user, readonly=True
    )

    _case_solution_role_uniq = models.Constraint(
        "UNIQUE (case_id, solution_id, role)", "The solution already has this role in the case."
    )

    @api.depends("solution_id")
    def _compute_display_name(self):
        for link in self:
            link.display_name = link.solution_id.display_name

    @api.model
    def _crm_link(self, case, solution, role):
        """Record that ``solution`` has ``role`` in ``case``, once."""
        known = self.search(
            [
                ("case_id", "=", case.id),
                ("solution_id", "=", solution.id),
                ("role", "=", role),
            ],
            limit=1,
        )
        return known or self.create({"case_id": case.id, "solution_id": solution.id, "role": role})
