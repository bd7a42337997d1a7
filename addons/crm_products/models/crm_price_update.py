# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import Counter
from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, formatLang

from ..pricing.simulation import Simulation
from ..user_domain import read_domain

_COSTS = "crm_products.crm_products_group_cost"
# What the lines were calculated from.
_FORMULA_FIELDS = frozenset(
    {
        "base",
        "categ_ids",
        "company_id",
        "create_missing",
        "ending",
        "keep_above_cost",
        "operation",
        "partner_id",
        "pricelist_id",
        "product_domain",
        "product_tag_ids",
        "product_tmpl_ids",
        "rounding",
        "rounding_method",
        "target",
        "value",
    }
)
LISTS = ("pricelist", "discount")


class CrmPriceUpdate(models.Model):
    """A change of many prices by one formula, that is simulated, approved if it is large, applied
    at once or from a day on, and can be undone.
    """

    _name = "crm.price.update"
    _description = "Price Update"
    _inherit = ["crm.system.fields.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id DESC"
    _check_company_auto = True
    # What follows from the buttons.
    _crm_system_fields = frozenset(
        {
            "approved_by_id",
            "date_applied",
            "effective_at",
            "released_by_id",
            "rest_of_id",
            "state",
            "submitted_by_id",
            "unchanged_count",
            "user_id",
        }
    )

    name = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("simulated", "Simulated"),
            ("to_approve", "To Approve"),
            ("scheduled", "Scheduled"),
            ("applied", "Applied"),
            ("reverted", "Undone"),
            ("cancel", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
        group_expand="_group_expand_state",
    )
    target = fields.Selection(
        [
            ("list_price", "Sales prices"),
            ("pricelist", "Fixed prices of a price list"),
            ("discount", "Discounts of a price list"),
            ("vendor", "Vendor prices"),
        ],
        string="What to Change",
        required=True,
        default="list_price",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        "Price List",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )
    create_missing = fields.Boolean(
        "Add Missing Prices",
        help="Products without a fixed price of their own get one. The old price is then what the "
        "price list makes of its other rules.",
    )
    categ_ids = fields.Many2many(
        "product.category",
        string="Categories",
        help="With the categories below them.",
    )
    product_tmpl_ids = fields.Many2many(
        "product.template",
        relation="crm_price_update_product_template_rel",
        string="Products",
        check_company=True,
    )
    product_tag_ids = fields.Many2many("product.tag", string="Tags")
    partner_id = fields.Many2one(
        "res.partner",
        "Vendor",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        help="Only what is bought from this vendor.",
    )
    product_domain = fields.Char("Product Filter")
    base = fields.Selection(
        [
            ("current", "Current price"),
            ("list_price", "Sales price"),
            ("cost", "Cost"),
            ("vendor", "Best vendor price"),
        ],
        string="Starting from",
        required=True,
        default="current",
        compute="_compute_base",
        store=True,
        readonly=False,
        precompute=True,
        help="Cost: of a product with variants, the highest one. Best vendor price: the lowest "
        "that a vendor asks for its smallest quantity.",
    )
    operation = fields.Selection(
        [
            ("percent", "Add a percentage"),
            ("amount", "Add an amount"),
            ("margin", "Set the margin"),
        ],
        required=True,
        default="percent",
        help="A margin is the part of the new price that is left over the cost or vendor price.",
    )
    value = fields.Float(
        "Number", min_display_digits=2, help="A negative number lowers the prices."
    )
    rounding = fields.Float(
        "Round to",
        min_display_digits=2,
        help="New prices are a multiple of this number. 0: as many decimals as prices have.",
    )
    rounding_method = fields.Selection(
        [("HALF-UP", "Nearest"), ("UP", "Up"), ("DOWN", "Down")],
        string="Rounding",
        required=True,
        default="HALF-UP",
    )
    ending = fields.Float(
        min_display_digits=2,
        help="Added to the multiple: rounding to 1 with −0.01 gives prices that end in .99.",
    )
    keep_above_cost = fields.Boolean(
        "Never below Cost", help="Prices that would fall below the cost stay just above it."
    )
    date_effective = fields.Date(
        "Effective from",
        copy=False,
        help="Leave it empty to change the prices at once. Rules of price lists and vendor prices "
        "are ended the day before, and new ones begin; sales prices are changed on that day.",
    )
    effective_at = fields.Datetime("Effective at", readonly=True, copy=False)
    date_applied = fields.Datetime("Applied on", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    user_id = fields.Many2one(
        "res.users",
        "Author",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.uid,
    )
    submitted_by_id = fields.Many2one("res.users", "Sent by", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", "Approved by", readonly=True, copy=False)
    released_by_id = fields.Many2one("res.users", "Applied by", readonly=True, copy=False)
    rest_of_id = fields.Many2one(
        "crm.price.update",
        "Rest of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Only the prices that this earlier update left as they were.",
    )
    line_ids = fields.One2many("crm.price.update.line", "update_id", "Lines")
    unchanged_count = fields.Integer("Prices That Stay", readonly=True, copy=False)
    line_count = fields.Integer("Prices", compute="_compute_figures")
    average_change = fields.Float(compute="_compute_figures", digits=(16, 4))
    largest_change = fields.Float(compute="_compute_figures", digits=(16, 4))
    problem_count = fields.Integer("Problems", compute="_compute_figures")
    untouched_count = fields.Integer("Left As They Were", compute="_compute_figures")
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    can_approve = fields.Boolean(compute="_compute_can_approve")
    is_later = fields.Boolean(compute="_compute_is_later")
    margin_before = fields.Float(
        "Average Margin Before", compute="_compute_margins", digits=(16, 4), groups=_COSTS
    )
    margin_after = fields.Float(
        "Average Margin After", compute="_compute_margins", digits=(16, 4), groups=_COSTS
    )
    under_margin_count = fields.Integer(
        "Under the Minimum Margin", compute="_compute_margins", groups=_COSTS
    )
    history_count = fields.Integer("Changed Prices", compute="_compute_history_count")

    _due_idx = models.Index("(effective_at) WHERE state = 'scheduled'")

    @api.depends("target")
    def _compute_base(self):
        for update in self:
            if update.target == "discount" or (
                update.target == "vendor" and update.base != "list_price"
            ):
                update.base = "current"

    @api.depends("target", "pricelist_id", "company_id")
    def _compute_currency_id(self):
        for update in self:
            update.currency_id = (
                update.target in LISTS and update.pricelist_id.currency_id
            ) or update.company_id.currency_id

    @api.depends("line_ids")
    def _compute_figures(self):
        figures = {
            update: rest
            for update, *rest in self.env["crm.price.update.line"]._read_group(
                [("update_id", "in", self.ids)],
                ["update_id"],
                ["__count", "change:avg", "change:min", "change:max"],
            )
        }
        problems = self._crm_count([("problem", "!=", False)])
        untouched = self._crm_count([("state", "in", ("changed", "kept"))])
        for update in self:
            count, average, lowest, highest = figures.get(update._origin, (0, 0.0, 0.0, 0.0))
            update.line_count = count
            update.average_change = average or 0.0
            update.largest_change = max(lowest or 0.0, highest or 0.0, key=abs)
            update.problem_count = problems.get(update._origin, 0)
            update.untouched_count = untouched.get(update._origin, 0)

    @api.depends("largest_change", "company_id")
    def _compute_needs_approval(self):
        for update in self:
            company = update.company_id.sudo()
            update.needs_approval = (
                company.crm_price_approval
                and abs(update.largest_change) > company.crm_price_approval_limit + 1e-6
            )

    @api.depends_context("uid")
    @api.depends("state", "user_id", "submitted_by_id")
    def _compute_can_approve(self):
        for update in self:
            update.can_approve = (
                update.state == "to_approve"
                and self.env.user not in update.user_id | update.submitted_by_id
            )

    @api.depends("date_effective")
    def _compute_is_later(self):
        for update in self:
            update.is_later = update._crm_is_later()

    @api.depends("line_ids")
    def _compute_margins(self):
        margins = {
            update: rest
            for update, *rest in self.env["crm.price.update.line"]._read_group(
                [("update_id", "in", self.ids), ("reference_price", "!=", 0)],
                ["update_id"],
                ["margin_before:avg", "margin_after:avg"],
            )
        }
        under = self._crm_count([("under_margin", "=", True)])
        for update in self:
            before, after = margins.get(update._origin, (0.0, 0.0))
            update.margin_before = before
            update.margin_after = after
            update.under_margin_count = under.get(update._origin, 0)

    def _compute_history_count(self):
        counts = dict(
            self.env["crm.price.history"]._read_group(
                [("update_id", "in", self.ids)], ["update_id"], ["__count"]
            )
        )
        for update in self:
            update.history_count = counts.get(update._origin, 0)

    def _crm_count(self, domain):
        return dict(
            self.env["crm.price.update.line"]._read_group(
                Domain("update_id", "in", self.ids) & Domain(domain), ["update_id"], ["__count"]
            )
        )

    def _crm_forget_figures(self):
        self.invalidate_recordset(
            [
                name
                for name, field in self._fields.items()
                if field.compute in ("_compute_figures", "_compute_margins")
            ]
            + ["needs_approval"]
        )

    def _group_expand_state(self, values, domain):
        shown = {"draft", "simulated", "to_approve", "scheduled", "applied", *values}
        return [state for state, _label in self._fields["state"].selection if state in shown]

    def write(self, vals):
        if (_FORMULA_FIELDS & vals.keys()) and any(update.state != "draft" for update in self):
            raise UserError(
                self.env._(
                    "The formula of a price update can only be changed before the simulation: "
                    "change the formula and simulate again."
                )
            )
        if "date_effective" in vals and any(
            update.state not in ("draft", "simulated") for update in self
        ):
            raise UserError(
                self.env._(
                    "The date of a price update can only be changed before it is approved or "
                    "applied."
                )
            )
        return super().write(vals)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for update, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(name)s (copy)", name=update.name)
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        kept = self.filtered(lambda update: update.state not in ("draft", "simulated", "cancel"))
        if kept:
            raise UserError(
                self.env._(
                    "What was sent for approval, scheduled or applied is not deleted: %(updates)s. "
                    "Cancel or undo it.",
                    updates=", ".join(kept.mapped("name")),
                )
            )

    # --- Buttons ------------------------------------------------------------------------------

    def action_simulate(self):
        """Calculate the lines of these updates anew; nothing else is changed."""
        self._crm_lock("draft", "simulated")
        self._crm_raise(self._crm_formula_problems())
        for update in self:
            own = update.with_company(update.company_id)
            simulation = Simulation(own, own._crm_product_domain())
            vals_list, unchanged = simulation.lines(own._crm_rest_keys())
            if not vals_list:
                own._crm_raise([own._crm_nothing_to_change(unchanged)])
            # Nobody but the simulation adds lines.
            system = own.sudo()
            system.line_ids.unlink()
            system.write({"state": "simulated", "unchanged_count": unchanged})
            system.line_ids.create(vals_list)
        self._crm_forget_figures()
        return True

    def action_draft(self):
        """Forget the simulation, so that the formula can be changed."""
        self._crm_lock("draft", "simulated", "cancel")
        self.sudo().line_ids.unlink()
        self._crm_back_to_simulation()
        self.sudo().write({"state": "draft", "unchanged_count": 0})
        return True

    def action_apply(self):
        """Apply these simulated updates, now or from their day on, or send them for approval if
        they change prices by more than a user may alone; return a notification of the outcome.

        Updates that somebody else just sent or applied are left alone.
        """
        todo = self._crm_lock("simulated", done=("to_approve", "scheduled", "applied"))
        large = todo.filtered("needs_approval")
        todo._crm_raise(todo._crm_line_problems() + (todo - large)._crm_write_problems())
        for update in large:
            update._crm_send_for_approval()
        (todo - large)._crm_release()
        return self._crm_outcome()

    def action_approve(self):
        """Approve these updates and apply them in the name of the user, now or from their day on;
        return a notification of the outcome.
        """
        todo = self._crm_lock("to_approve", done=("scheduled", "applied"))
        own = todo.filtered(lambda update: not update.can_approve)
        problems = [
            self.env._(
                "%(update)s: another sales manager has to approve it, not its author or who sent "
                "it.",
                update=update.name,
            )
            for update in own
        ]
        todo._crm_raise(problems + todo._crm_line_problems() + todo._crm_write_problems())
        todo.sudo().write({"approved_by_id": self.env.uid})
        todo._crm_release()
        return self._crm_outcome()

    def action_refuse(self):
        """Give these updates back to their authors, with their lines as they are."""
        self._crm_lock("to_approve")
        self._crm_back_to_simulation()
        return True

    def action_cancel(self):
        """Cancel these updates. New rules and vendor prices that were to begin are taken back,
        if nobody changed them; return a notification of the outcome.
        """
        todo = self._crm_lock("draft", "simulated", "to_approve", "scheduled", done=("cancel",))
        dated = todo.filtered(
            lambda update: update.state == "scheduled" and update.target != "list_price"
        )
        dated._crm_raise(dated._crm_write_problems())
        for update in dated:
            update._crm_revert_lines()
        todo.sudo().write({"state": "cancel"})
        return self._crm_outcome()

    def action_revert(self):
        """Give back the old prices where nobody changed them since; return a notification of the
        outcome.
        """
        todo = self._crm_lock("applied", done=("reverted",))
        todo._crm_raise(todo._crm_write_problems())
        for update in todo:
            update._crm_revert_lines()
        todo.sudo().write({"state": "reverted"})
        return self._crm_outcome()

    def action_update_rest(self):
        """Return the form of a new update, simulated with the prices that this one left as they
        were because somebody had changed them.
        """
        self.ensure_one()
        self._crm_lock("applied")
        rest = self.copy({"name": self.env._("%(name)s (rest)", name=self.name)})
        rest.sudo().rest_of_id = self
        rest.action_simulate()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": rest.id,
            "views": [(False, "form")],
        }

    def action_open_lines(self):
        """Return the list of the lines, to filter and group them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_products.crm_price_update_line_action"
        )
        action["domain"] = [("update_id", "=", self.id)]
        return action

    def action_open_history(self):
        """Return what these updates changed."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_products.crm_price_history_action"
        )
        action["domain"] = [("update_id", "in", self.ids)]
        return action

    # --- When ---------------------------------------------------------------------------------

    def _crm_is_later(self):
        return bool(self.date_effective and self.date_effective > fields.Date.context_today(self))

    def _crm_moment(self):
        """Return from when on (UTC) the new prices count: now, or the beginning of their day."""
        if self.effective_at:
            return self.effective_at
        if not self._crm_is_later():
            return fields.Datetime.now()
        midnight = self.env.tz.localize(datetime.combine(self.date_effective, time.min))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None)

    def _crm_day(self):
        return self.date_effective if self._crm_is_later() else fields.Date.context_today(self)

    def _crm_start(self, model_name):
        """Return the beginning of the new prices as a record of the model has it."""
        return self.date_effective if model_name == "product.supplierinfo" else self._crm_moment()

    # --- With what ----------------------------------------------------------------------------

    def _crm_lock(self, *states, done=()):
        """Wait for whoever works on these updates; return those that are in one of the
        ``states``. Those that are ``done`` already are no problem, all others are one.
        """
        self.check_access("write")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM crm_price_update WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                sorted(self.ids),
            ),
            log_exceptions=False,
        )
        self.env.invalidate_all()
        todo = self.filtered(lambda update: update.state in states)
        labels = dict(self._fields["state"]._description_selection(self.env))
        self._crm_raise(
            [
                self.env._(
                    "%(update)s is in the state %(state)s: this cannot be done with it any more, "
                    "or not yet.",
                    update=update.name,
                    state=labels[update.state],
                )
                for update in self - todo
                if update.state not in done
            ]
        )
        return todo

    def _crm_product_domain(self):
        """Return the product filter as a domain; what users write is read, never evaluated.

        :raise UserError: when it is no filter of products with fixed values
        """
        try:
            return read_domain(self.product_domain, self.env["product.template"])
        except ValueError:
            raise UserError(
                self.env._(
                    "The product filter of %(update)s cannot be read. Choose its conditions again, "
                    "with fixed values.",
                    update=self.name,
                )
            ) from None

    def _crm_rest_keys(self):
        """Return the keys of the prices that the earlier update left, None without one."""
        if not self.rest_of_id:
            return None
        left = self.rest_of_id.line_ids.filtered(lambda line: line.state == "changed")
        return {line._crm_key() for line in left}

    # --- Steps --------------------------------------------------------------------------------

    def _crm_send_for_approval(self):
        managers = self._crm_other_managers()
        if not managers:
            raise UserError(
                self.env._(
                    "%(update)s changes prices by up to %(change)s %%, which another sales manager "
                    "has to approve, but there is none. An administrator can make one, or change "
                    "the limit in the settings.",
                    update=self.name,
                    change=formatLang(self.env, 100 * abs(self.largest_change), digits=1),
                )
            )
        self.sudo().write({"state": "to_approve", "submitted_by_id": self.env.uid})
        self.message_notify(
            partner_ids=managers.partner_id.ids,
            subject=self.env._("Price update to approve: %(update)s", update=self.name),
            body=self.env._(
                "%(user)s asks for your approval. Prices that change: %(count)s, on average by "
                "%(average)s %%.",
                user=self.env.user.name,
                count=self.line_count,
                average=formatLang(self.env, 100 * self.average_change, digits=1),
            ),
        )

    def _crm_other_managers(self):
        """Return the sales managers who may look at this update and approve it."""
        managers = (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", self.env.ref("sales_team.group_sale_manager").ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("share", "=", False),
                    ("id", "not in", (self.user_id | self.env.user).ids),
                ]
            )
        )
        here = self.with_context(allowed_company_ids=self.company_id.ids)
        return managers.filtered(lambda manager: here.with_user(manager).has_access("write"))

    def _crm_release(self):
        """Apply these updates, or have them applied on their day, in the name of the user."""
        for update in self:
            own = update.with_company(update.company_id)
            own.sudo().write({"released_by_id": self.env.uid, "effective_at": own._crm_moment()})
            if not own._crm_is_later():
                own._crm_apply_now()
                continue
            # Rules and vendor prices have dates of their own.
            if own.target == "list_price" or own._crm_apply_lines():
                own.sudo().write({"state": "scheduled"})
                cron = self.env.ref("crm_products.ir_cron_apply_price_updates").sudo()
                cron._trigger(own.effective_at)

    def _crm_apply_now(self):
        if self._crm_apply_lines():
            self._crm_set_applied()

    def _crm_set_applied(self):
        self.sudo().write({"state": "applied", "date_applied": fields.Datetime.now()})

    def _crm_apply_lines(self):
        """Write the prices of the lines; return whether there was one that nobody changed
        meanwhile. If not, the update is one to simulate again.
        """
        if self.target in LISTS:
            self.pricelist_id.check_access("write")
            # Whoever waits for the price list starts again, and finds what was added to it.
            self.env.cr.execute(
                SQL(
                    "UPDATE product_pricelist SET write_date = %s, write_uid = %s WHERE id = %s",
                    self.env.cr.now(),
                    self.env.uid,
                    self.pricelist_id.id,
                ),
                log_exceptions=False,
            )
        self.line_ids._crm_apply()
        self._crm_post_outcome()
        if any(line.state == "applied" for line in self.line_ids):
            return True
        self._crm_back_to_simulation()
        return False

    def _crm_back_to_simulation(self):
        self.sudo().write(
            {
                "state": "simulated",
                "submitted_by_id": False,
                "approved_by_id": False,
                "released_by_id": False,
                "effective_at": False,
            }
        )

    def _crm_revert_lines(self):
        self.line_ids.filtered(lambda line: line.state == "applied")._crm_revert()
        self._crm_post_outcome()

    def _crm_outcome_text(self):
        """Return in one sentence what became of the lines of an update."""
        counts = Counter(self.line_ids.mapped("state"))
        values = {"update": self.name, "left": counts["changed"] + counts["kept"]}
        if counts["reverted"] or counts["kept"]:
            values["count"] = counts["reverted"]
            if counts["kept"]:
                return self.env._(
                    "%(update)s – prices given back: %(count)s; left, because somebody changed "
                    "them since: %(left)s.",
                    **values,
                )
            return self.env._("%(update)s – prices given back: %(count)s.", **values)
        values["count"] = counts["applied"]
        if counts["changed"] and not counts["applied"]:
            return self.env._(
                "%(update)s – nothing was applied, because somebody changed all its prices "
                "meanwhile: %(left)s. Simulate again.",
                **values,
            )
        if counts["changed"]:
            return self.env._(
                "%(update)s – prices changed: %(count)s; left, because somebody changed them "
                "meanwhile: %(left)s.",
                **values,
            )
        return self.env._("%(update)s – prices changed: %(count)s.", **values)

    def _crm_post_outcome(self):
        self._crm_forget_figures()
        self.message_post(body=self._crm_outcome_text())

    def _crm_outcome(self):
        """Return the notification that tells the user what happened, and reloads the form."""
        messages, warning = [], False
        for update in self:
            if update.state == "to_approve":
                messages.append(
                    self.env._(
                        "%(update)s was sent to the other sales managers for approval.",
                        update=update.name,
                    )
                )
            elif update.state == "scheduled":
                messages.append(
                    self.env._(
                        "%(update)s takes effect on %(date)s.",
                        update=update.name,
                        date=format_date(self.env, update.date_effective),
                    )
                )
            elif update.state in ("applied", "reverted") or update.untouched_count:
                messages.append(update._crm_outcome_text())
            warning = warning or update.untouched_count
        if not messages:
            return False
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": "\n".join(messages),
                "type": "warning" if warning else "success",
                "sticky": bool(warning),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # --- On their day -------------------------------------------------------------------------

    @api.model
    def _cron_apply_scheduled(self):
        """Apply the updates whose day has come, each in the name of who applied or approved it,
        committing each.
        """
        due = self.search(
            [("state", "=", "scheduled"), ("effective_at", "<=", fields.Datetime.now())],
            order="effective_at, id",
        )
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for update in due:
            update._crm_apply_due()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _crm_apply_due(self):
        """Apply this scheduled update; if that fails, give it back with the reason."""
        if self.target != "list_price":
            # Its rules or vendor prices began by themselves.
            self._crm_lock("scheduled", done=("applied", "cancel"))._crm_set_applied()
            return
        user = self.released_by_id
        try:
            with self.env.cr.savepoint():
                own = self.with_user(user).with_context(
                    allowed_company_ids=self.company_id.ids, lang=user.lang
                )
                if not user.active:
                    raise UserError(
                        self.env._(
                            "%(user)s, who applied or approved it, is not active any more.",
                            user=user.name,
                        )
                    )
                if not own._crm_lock("scheduled", done=("applied", "cancel")):
                    return
                own._crm_raise(own._crm_write_problems())
                own._crm_apply_now()
        except UserError as error:
            self._crm_give_back(error)

    def _crm_give_back(self, error):
        """Put an update that failed on its day back to the simulation, and say why."""
        people = self.released_by_id | self.user_id
        self._crm_back_to_simulation()
        self.message_notify(
            partner_ids=people.partner_id.ids,
            subject=self.env._("Price update not applied: %(update)s", update=self.name),
            body=str(error),
        )
        self.message_post(
            body=self.env._("The prices were not changed on their day: %(reason)s", reason=error)
        )
