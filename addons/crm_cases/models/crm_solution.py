# SPDX-License-Identifier: LGPL-3.0-or-later
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import is_html_empty

from odoo.addons.base.models.res_partner import _lang_get


class CrmSolution(models.Model):
    """An answer that can be given again."""

    _name = "crm.solution"
    _description = "Solution"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_names_search = ["number", "name"]
    _check_company_auto = True

    number = fields.Char(readonly=True, copy=False)
    name = fields.Char("Title", required=True, tracking=True)
    symptom = fields.Html(help="What the requester sees or asks, in the requester's own words.")
    answer = fields.Html(
        "Answer to Send", help="What to do. It is put into the reply when the solution is used."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published"), ("retired", "Retired")],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    lang = fields.Selection(
        _lang_get, "Language", required=True, default=lambda self: self.env.user.lang or "en_US"
    )
    product_ids = fields.Many2many("product.product", string="Products", check_company=True)
    tag_ids = fields.Many2many("crm.case.tag", string="Tags")
    author_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Leave empty to share the solution between the companies.",
    )
    case_link_ids = fields.One2many("crm.case.solution", "solution_id", "Cases", copy=False)
    case_count = fields.Integer(
        "Used in Cases",
        compute="_compute_case_count",
        help="Cases in which the solution was sent to the requester or resolved the case.",
    )

    _number_uniq = models.Constraint("UNIQUE (number)", "Two solutions cannot share a number.")

    @api.depends("number", "name")
    def _compute_display_name(self):
        for solution in self:
            solution.display_name = " ".join(filter(None, (solution.number, solution.name)))

    @api.depends("case_link_ids.role")
    def _compute_case_count(self):
        counts = dict(
            self.env["crm.case.solution"]._read_group(
                [("solution_id", "in", self.ids), ("role", "in", ("sent", "resolved_by"))],
                ["solution_id"],
                ["case_id:count_distinct"],
            )
        )
        for solution in self:
            solution.case_count = counts.get(solution._origin, 0)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._crm_check_publisher(vals)
        sequence = self.env["ir.sequence"]
        solutions = super().create(
            [
                {**vals, "number": vals.get("number") or sequence.next_by_code("crm.solution")}
                for vals in vals_list
            ]
        )
        solutions._crm_check_complete()
        return solutions

    def write(self, vals):
        self._crm_check_publisher(vals)
        result = super().write(vals)
        if {"state", "answer"} & vals.keys():
            self._crm_check_complete()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if self.filtered(lambda solution: solution.state != "draft"):
            raise UserError(
                self.env._("Only drafts can be deleted. Retire a published solution instead.")
            )

    def copy_data(self, default=None):
        return [
            vals | {"name": self.env._("%(name)s (copy)", name=solution.name)}
            for solution, vals in zip(self, super().copy_data(default=default), strict=True)
        ]

    def action_publish(self):
        """Let every agent find and send the solutions."""
        self.write({"state": "published"})

    def action_retire(self):
        """Stop suggesting the solutions; the cases keep their links to them."""
        self.write({"state": "retired"})

    def action_draft(self):
        self.write({"state": "draft"})

    def action_view_cases(self):
        """Return the cases in which the solution was used."""
        self.ensure_one()
        action = self.env["crm.case"]._crm_list_action()
        action["domain"] = [
            (
                "solution_link_ids",
                "any",
                [("solution_id", "=", self.id), ("role", "in", ("sent", "resolved_by"))],
            )
        ]
        action["context"] = {}
        # The count is of all cases; the list shows those that the reader may open.
        action["help"] = Markup('<p class="o_view_nocontent_smiling_face">%s</p>') % self.env._(
            "You may not open the cases in which this solution was used"
        )
        return action

    def action_answer_case(self):
        """Return the composer of the case in the context, with the answer of the solution."""
        return self._crm_case_in_context()._crm_compose_answer(self)

    def action_resolve_case(self):
        """Record that the solution resolves the case in the context."""
        self.env["crm.case.solution"]._crm_link(self._crm_case_in_context(), self, "resolved_by")

    def _crm_case_in_context(self):
        self.ensure_one()
        case = self.env["crm.case"].browse(self.env.context.get("crm_case_id")).exists()
        if not case:
            raise UserError(self.env._("Save the case first, then use the solution."))
        case.check_access("write")
        return case

    def _crm_check_publisher(self, vals):
        # Record rules judge the solution as it was, so they let an author publish his own draft.
        if vals.get("state") in ("published", "retired") and not (
            self.env.su or self.env.user.has_group("crm_cases.crm_cases_group_solution_publisher")
        ):
            raise AccessError(
                self.env._("Only a publisher of solutions can publish or retire a solution.")
            )

    def _crm_check_complete(self):
        incomplete = self.filtered(
            lambda solution: solution.state == "published" and is_html_empty(solution.answer)
        )
        if incomplete:
            raise UserError(
                self.env._(
                    "Write the answer before publishing: %(names)s",
                    names=", ".join(incomplete.mapped("display_name")),
                )
            )
