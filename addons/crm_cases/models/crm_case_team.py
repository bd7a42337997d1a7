# SPDX-License-Identifier: LGPL-3.0-or-later
from ast import literal_eval

from odoo import api, fields, models

REQUESTER_KINDS = [
    ("customer", "Customer"),
    ("supplier", "Supplier"),
    ("internal", "Internal"),
]


class CrmCaseTeam(models.Model):
    """The people who answer a kind of cases, and the address that brings the cases in."""

    _name = "crm.case.team"
    _description = "Case Team"
    _inherit = ["mail.alias.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    def _domain_agents(self):
        agents = self.env.ref("crm_cases.crm_cases_group_agent")
        return f"[('share', '=', False), ('all_group_ids', 'in', [{agents.id}])]"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Leave empty to share the team between the companies.",
    )
    leader_id = fields.Many2one(
        "res.users",
        "Team Leader",
        domain=lambda self: self._domain_agents(),
        check_company=True,
        tracking=True,
    )
    member_ids = fields.Many2many(
        "res.users",
        "crm_case_team_res_users_rel",
        "team_id",
        "user_id",
        "Members",
        domain=lambda self: self._domain_agents(),
        check_company=True,
    )
    accept_customer = fields.Boolean("Customers", default=True)
    accept_supplier = fields.Boolean("Suppliers", default=True)
    accept_internal = fields.Boolean("Internal Departments", default=True)
    alias_id = fields.Many2one(
        help="Mail sent to this address becomes a case of the team; replies return to their case."
    )

    open_case_count = fields.Integer(
        "Open Cases",
        compute="_compute_open_case_count",
        groups="crm_cases.crm_cases_group_agent",
    )

    _accept_some = models.Constraint(
        "CHECK (accept_customer OR accept_supplier OR accept_internal)",
        "A team must take the cases of customers, suppliers or internal departments.",
    )

    @api.depends_context("uid")
    def _compute_open_case_count(self):
        counts = dict(
            self.env["crm.case"]._read_group(
                [("team_id", "in", self.ids), ("is_closed", "=", False)], ["team_id"], ["__count"]
            )
        )
        for team in self:
            team.open_case_count = counts.get(team._origin, 0)

    def action_view_cases(self):
        """Return the open cases of the team."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_cases.crm_case_action")
        action["context"] = {"search_default_team_id": self.id, "search_default_open": 1}
        return action

    def _crm_accepted_kinds(self):
        """Return the requester kinds the team takes; all of them without a team."""
        return [kind for kind, _label in REQUESTER_KINDS if not self or self[f"accept_{kind}"]]

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("crm.case")
        if self.id:
            values["alias_defaults"] = literal_eval(self.alias_defaults or "{}") | {
                "team_id": self.id
            }
        return values
