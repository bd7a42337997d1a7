# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import fields, models

CASE_STATES = [
    ("new", "New"),
    ("in_progress", "In Progress"),
    ("waiting_requester", "Waiting for Requester"),
    ("waiting_third", "Waiting for Third Party"),
    ("resolved", "Resolved"),
    ("closed", "Closed"),
]
CLOSED_STATES = ("resolved", "closed")


class CrmCaseStage(models.Model):
    """A column of the board. Names and order are free; the category says what the stage means,
    and code and reports look at nothing else.
    """

    _name = "crm.case.stage"
    _description = "Case Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    category = fields.Selection(
        CASE_STATES,
        "Meaning",
        required=True,
        default="in_progress",
        help="What a case in this stage is. Cases in Resolved and Closed stages are no open work.",
    )
    fold = fields.Boolean("Folded", help="Show the column folded in the board.")
    team_ids = fields.Many2many(
        "crm.case.team",
        string="Only for Teams",
        help="The teams that use the stage. Leave empty for all teams.",
    )

    def _crm_pick(self, team, *categories):
        """Return the first of these stages that ``team`` may use, preferring the categories in
        the order given; without categories, the first stage of the board.
        """
        usable = self.filtered(lambda stage: not stage.team_ids or team in stage.team_ids)
        for category in categories:
            stage = usable.filtered(lambda stage, category=category: stage.category == category)[:1]
            if stage:
                return stage
        return self.browse() if categories else usable[:1]
