# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, models
from odoo.exceptions import UserError

from ..pricing.formula import LEAST_STEP, MOST
from .crm_price_update import LISTS

_COSTS = "crm_products.crm_products_group_cost"
_SHOWN = 20


class CrmPriceUpdate(models.Model):
    """Why a price update cannot be simulated, sent or applied: all reasons at once, as sentences
    that say what to do.
    """

    _inherit = "crm.price.update"

    @api.model
    def _crm_raise(self, problems):
        """Raise one error with all problems, if there are any."""
        problems = list(dict.fromkeys(problems))
        if len(problems) == 1:
            raise UserError(problems[0])
        if problems:
            raise UserError(
                "\n".join(
                    [
                        self.env._("%(count)s things must be settled first:", count=len(problems)),
                        *(f"• {problem}" for problem in problems),
                    ]
                )
            )

    def _crm_formula_problems(self):
        """Return why these updates cannot be simulated."""
        problems = []
        for update in self:
            problems += update._crm_list_problems()
            costly = update.base in ("cost", "vendor") or update.target == "vendor"
            if (costly or update.keep_above_cost) and not self.env.user.has_group(_COSTS):
                problems.append(
                    self.env._(
                        "You may not see costs and vendor prices, so you cannot calculate with "
                        "them. Start from the current price or the sales price."
                    )
                )
            problems += update._crm_operation_problems()
            try:
                update._crm_product_domain()
            except UserError as error:
                problems.append(error.args[0])
        return problems

    def _crm_operation_problems(self):
        problems = []
        for name in ("value", "rounding", "ending"):
            # Neither is it small enough if it is not a number (NaN).
            if not abs(self[name]) < MOST or (name == "rounding" and 0 < self[name] < LEAST_STEP):
                problems.append(
                    self.env._(
                        "%(field)s: %(number)s is too large, too small or not a number.",
                        field=self._fields[name]._description_string(self.env),
                        number=self[name],
                    )
                )
        if problems:
            return problems
        if self.operation == "margin" and self.base not in ("cost", "vendor"):
            problems.append(
                self.env._(
                    "A margin is set on the cost or on the best vendor price: start from one of "
                    "them."
                )
            )
        elif self.operation == "margin" and self.value >= 100:
            problems.append(self.env._("A margin must be less than 100 % of the price."))
        elif self.operation == "percent" and self.value <= -100:
            problems.append(self.env._("A price cannot fall by 100 % or more."))
        elif not self.value and self.base == "current":
            problems.append(self.env._("Write by how much the prices shall change."))
        if self.rounding < 0:
            problems.append(self.env._("Prices are rounded to a number above zero."))
        if self.base in ("cost", "vendor") and self.target == "vendor":
            problems.append(
                self.env._(
                    "Vendor prices are calculated from the current price or from the sales price."
                )
            )
        return problems

    def _crm_list_problems(self):
        """Return why the price list, if one is to be changed, cannot be."""
        if self.target not in LISTS:
            return []
        if not self.pricelist_id:
            return [
                self.env._(
                    "%(update)s: choose the price list whose prices shall change.",
                    update=self.name,
                )
            ]
        if not self.pricelist_id.active:
            return [
                self.env._(
                    "%(update)s: the price list %(pricelist)s is archived, so its prices stay as "
                    "they are. Unarchive it first, or cancel the update.",
                    update=self.name,
                    pricelist=self.pricelist_id.name,
                )
            ]
        return []

    def _crm_line_problems(self):
        """Return the lines of these updates that have no price yet, one sentence for each."""
        lines = self.env["crm.price.update.line"].search(
            [("update_id", "in", self.ids), ("problem", "!=", False)], limit=_SHOWN
        )
        labels = dict(lines._fields["problem"]._description_selection(self.env))
        problems = [
            self.env._(
                "%(product)s: %(problem)s. Write its price by hand, or remove the line.",
                product=line.name,
                problem=labels[line.problem],
            )
            for line in lines
        ]
        more = sum(self.mapped("problem_count")) - len(lines)
        if more > 0:
            problems.append(self.env._("And %(count)s more.", count=more))
        return problems + [
            self.env._("%(update)s has no lines: simulate it again.", update=update.name)
            for update in self
            if not update.line_count
        ]

    def _crm_write_problems(self):
        """Return why the user cannot write the prices of these updates."""
        problems = [problem for update in self for problem in update._crm_list_problems()]
        for target, updates in self.grouped("target").items():
            if target == "list_price" and not self.env["product.template"].has_access("write"):
                problems.append(
                    self.env._(
                        "%(updates)s: sales prices are changed by users who have the right "
                        "“%(right)s” in %(privilege)s. Ask one of them, or an administrator "
                        "for it.",
                        updates=", ".join(updates.mapped("name")),
                        right=self.env.ref("product.group_product_manager").sudo().name,
                        privilege=self.env.ref("product.res_groups_privilege_product").sudo().name,
                    )
                )
        return problems

    def _crm_nothing_to_change(self, unchanged):
        if unchanged:
            return self.env._(
                "%(update)s: nothing to change. The formula leaves every price as it is: "
                "%(count)s.",
                update=self.name,
                count=unchanged,
            )
        return self.env._(
            "%(update)s: no price fits. Choose other products, or widen the filter.",
            update=self.name,
        )
