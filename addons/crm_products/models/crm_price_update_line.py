# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, clean_context

from ..pricing.formula import MOST, change
from ..pricing.margins import is_under_margin, margin_percent
from ..pricing.simulation import same_price

_COSTS = "crm_products.crm_products_group_cost"


class Target(NamedTuple):
    """Where the prices of an update are: the link of a line, and that to what replaces it."""

    model: str
    link: str
    price: str
    replacement: str | None = None
    compute_price: str | None = None


_TARGETS = {
    "list_price": Target("product.template", "product_tmpl_id", "list_price"),
    "pricelist": Target("product.pricelist.item", "item_id", "fixed_price", "new_item_id", "fixed"),
    "discount": Target(
        "product.pricelist.item", "item_id", "percent_price", "new_item_id", "percentage"
    ),
    "vendor": Target("product.supplierinfo", "supplierinfo_id", "price", "new_supplierinfo_id"),
}


class CrmPriceUpdateLine(models.Model):
    """One price of a price update: what it was in the simulation and what it shall be."""

    _name = "crm.price.update.line"
    _description = "Line of a Price Update"
    _inherit = ["crm.system.fields.mixin"]
    _order = "id"

    update_id = fields.Many2one(
        "crm.price.update", "Price Update", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char("Product or Rule", readonly=True)
    product_tmpl_id = fields.Many2one(
        "product.template",
        "Product",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    product_id = fields.Many2one(
        "product.product", "Variant", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    item_id = fields.Many2one(
        "product.pricelist.item",
        "Rule",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    new_item_id = fields.Many2one(
        "product.pricelist.item",
        "New Rule",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    supplierinfo_id = fields.Many2one(
        "product.supplierinfo",
        "Vendor Price",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    new_supplierinfo_id = fields.Many2one(
        "product.supplierinfo",
        "New Vendor Price",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    partner_id = fields.Many2one("res.partner", "Vendor", related="supplierinfo_id.partner_id")
    min_quantity = fields.Float("From Quantity", readonly=True, digits="Product Unit")
    uom_id = fields.Many2one("uom.uom", "Unit", readonly=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", readonly=True, ondelete="restrict")
    base_price = fields.Float(
        "Base", readonly=True, min_display_digits="Product Price", aggregator=None, groups=_COSTS
    )
    base_missing = fields.Boolean(readonly=True)
    old_price = fields.Float(readonly=True, min_display_digits="Product Price", aggregator=None)
    new_price = fields.Float(min_display_digits="Product Price", aggregator=None)
    is_manual = fields.Boolean("By Hand", readonly=True)
    change = fields.Float(
        compute="_compute_change",
        store=True,
        precompute=True,
        digits=(16, 4),
        aggregator="avg",
        help="By which part of itself the price changes; for a discount, what the customer pays.",
    )
    reference_price = fields.Float(
        "Compared With",
        readonly=True,
        min_display_digits="Product Price",
        aggregator=None,
        groups=_COSTS,
        help="The cost, or the vendor price that is the base of the formula; for a vendor price, "
        "the sales price.",
    )
    margin_before = fields.Float(
        compute="_compute_margins",
        store=True,
        precompute=True,
        digits=(16, 4),
        aggregator="avg",
        groups=_COSTS,
    )
    margin_after = fields.Float(
        compute="_compute_margins",
        store=True,
        precompute=True,
        digits=(16, 4),
        aggregator="avg",
        groups=_COSTS,
    )
    min_margin = fields.Float("Minimum Margin", readonly=True, aggregator=None, groups=_COSTS)
    under_margin = fields.Boolean(
        "Under the Minimum Margin",
        compute="_compute_margins",
        store=True,
        precompute=True,
        groups=_COSTS,
    )
    problem = fields.Selection(
        [
            ("no_cost", "No cost"),
            ("no_vendor", "No vendor price"),
            ("not_positive", "No price above zero"),
        ],
        compute="_compute_problem",
        store=True,
        precompute=True,
        help="Write the price by hand, or remove the line.",
    )
    state = fields.Selection(
        [
            ("todo", "To Apply"),
            ("applied", "Applied"),
            ("changed", "Changed Meanwhile"),
            ("reverted", "Undone"),
            ("kept", "Changed Since"),
        ],
        required=True,
        readonly=True,
        default="todo",
        help="Changed meanwhile: the price is not what it was in the simulation, so it was not "
        "overwritten. Changed since: it is not what the update made of it, so it was not undone.",
    )
    method = fields.Selection(
        [
            ("write", "Write"),
            ("replace", "End and begin another"),
            ("create", "Create"),
        ],
        required=True,
        readonly=True,
        default="write",
    )
    old_date_end = fields.Datetime("Former End", readonly=True)

    _update_idx = models.Index("(update_id, id)")
    _problem_idx = models.Index("(update_id) WHERE problem IS NOT NULL")

    @property
    def _crm_system_fields(self):
        return frozenset(self._fields) - {"new_price"}

    @api.depends("old_price", "new_price", "update_id.target")
    def _compute_change(self):
        for line in self:
            old, new = line.old_price, line.new_price
            if line.update_id.target == "discount":
                old, new = 100 - old, 100 - new
            line.change = change(old, new)

    @api.depends("old_price", "new_price", "reference_price", "min_margin", "update_id.target")
    def _compute_margins(self):
        for line in self:
            before = (line.old_price, line.reference_price)
            after = (line.new_price, line.reference_price)
            if line.update_id.target == "vendor":
                before, after = before[::-1], after[::-1]
            known = bool(line.reference_price)
            line.margin_before = margin_percent(*before) if known else 0.0
            line.margin_after = margin_percent(*after) if known else 0.0
            line.under_margin = known and is_under_margin(*after, line.min_margin)

    @api.depends("new_price", "base_missing", "is_manual", "update_id.base", "update_id.target")
    def _compute_problem(self):
        for line in self:
            update = line.update_id
            if line.base_missing and not line.is_manual:
                line.problem = "no_vendor" if update.base == "vendor" else "no_cost"
            elif update.target == "discount":
                # A negative discount is a mark-up.
                line.problem = "not_positive" if line.new_price >= 100 else False
            elif line.new_price < 0 or (not line.new_price and not line.is_manual):
                line.problem = "not_positive"
            else:
                line.problem = False

    @api.onchange("new_price")
    def _onchange_new_price(self):
        self.is_manual = True

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - {"new_price"}:
                raise UserError(self.env._("Only the new price of a line can be changed by hand."))
            self.check_access("write")
            self._crm_check_price(vals)
            self._crm_check_open()
            self.sudo().is_manual = True
        result = super().write(vals)
        self.update_id._crm_forget_figures()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        if not self.env.su:
            self._crm_check_open()
        self.update_id._crm_forget_figures()

    def _crm_check_price(self, vals):
        price = self._fields["new_price"].convert_to_cache(vals.get("new_price"), self)
        # Neither is it a price if it is not a number (NaN): no comparison would find it too high.
        if not abs(price) < MOST:
            raise UserError(self.env._("%(number)s is no price.", number=price))

    def _crm_check_open(self):
        # Whoever sends or applies an update waits for this change, or this one starts again: what
        # was approved is what was looked at.
        self.env.cr.execute(
            SQL(
                "SELECT id FROM crm_price_update WHERE id = ANY(%s) ORDER BY id FOR SHARE",
                self.update_id.ids,
            ),
            log_exceptions=False,
        )
        if closed := self.update_id.filtered(lambda update: update.state != "simulated"):
            raise UserError(
                self.env._(
                    "The lines of %(updates)s cannot be changed any more. Change the formula and "
                    "simulate again.",
                    updates=", ".join(closed.mapped("name")),
                )
            )

    # --- Applying -----------------------------------------------------------------------------

    def _crm_apply(self):
        """Write the new prices of these lines of one update, where the price is still that of the
        simulation; mark the others.
        """
        update = self.update_id
        target = _TARGETS[update.target]
        lines = self._crm_lock_targets(target)
        unchanged = lines._crm_still_old(target)
        (lines - unchanged).sudo().write({"state": "changed"})
        missing = unchanged.filtered(lambda line: line.method == "create")
        start = update._crm_is_later() and target.replacement and update._crm_start(target.model)
        replaced = self.browse()
        if start:
            # What begins on that day or later was never in force at its old price.
            replaced = (unchanged - missing).filtered(
                lambda line: not (begin := line[target.link].date_start) or begin < start
            )
        (unchanged - missing - replaced)._crm_write_prices(target, "new_price")
        if replaced:
            replaced._crm_replace(target, start)
        if missing:
            missing._crm_create_rules(target, start)
        unchanged.sudo().write({"state": "applied"})

    def _crm_lock_targets(self, target):
        """Wait for everybody else who changes these prices; then the transaction starts again, if
        they were changed. In the order of their ids, so that two updates never wait for each other.
        Return these lines, to be read again.
        """
        links = [target.link, target.replacement] if target.replacement else [target.link]
        ids = {record_id for link in links for record_id in self[link].ids}
        self.env.flush_all()
        if ids:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                    SQL.identifier(self.env[target.model]._table),
                    sorted(ids),
                ),
                log_exceptions=False,
            )
        self.env.invalidate_all()
        return self.with_prefetch()

    def _crm_still_old(self, target):
        """Return the lines whose price is still the one of the simulation."""
        update = self.update_id
        missing = self.filtered(lambda line: line.method == "create")
        unchanged = missing._crm_still_missing()
        moment = update._crm_day() if update.target == "vendor" else update._crm_moment()
        for line in self - missing:
            record = line[target.link]
            if line._crm_holds(record, target, line.old_price) and (
                update.target == "list_price"
                or (not record.date_start or record.date_start <= moment)
                and (not record.date_end or record.date_end >= moment)
            ):
                unchanged |= line
        return unchanged

    def _crm_still_missing(self):
        """Return the lines whose product has no fixed price yet and still costs the same."""
        if not self:
            return self
        update = self.update_id
        moment = update._crm_moment()
        templates = self.product_tmpl_id
        prices = update.pricelist_id._crm_price_table(templates, [1.0], moment)
        fixed = self.env["product.pricelist.item"].search(
            Domain("pricelist_id", "=", update.pricelist_id.id)
            & Domain("applied_on", "=", "1_product")
            & Domain("product_tmpl_id", "in", templates.ids)
            & Domain("compute_price", "=", "fixed")
            & Domain("min_quantity", "<=", 1)
            & (Domain("date_start", "=", False) | Domain("date_start", "<=", moment))
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", moment))
        )
        known = fixed.product_tmpl_id
        return self.filtered(
            lambda line: (
                line.product_tmpl_id not in known
                and same_price(prices[line.product_tmpl_id.id][0][0], line.old_price)
            )
        )

    def _crm_holds(self, record, target, price):
        """Return whether a record is there, and of the kind that it was, with this price."""
        return bool(
            record
            and (not target.compute_price or record.compute_price == target.compute_price)
            and same_price(record[target.price], price)
        )

    def _crm_key(self):
        """Return what tells the price of this line from those of other lines."""
        if self.method == "create":
            return True, self.product_tmpl_id.id
        return False, self[_TARGETS[self.update_id.target].link].id

    def _crm_targets(self, target):
        """Return the records of these prices, in the name of the update."""
        # The price history says more than thousands of messages about a changed price.
        return self.env[target.model].with_context(
            clean_context(self.env.context), crm_price_update=self.update_id, mail_notrack=True
        )

    def _crm_write_prices(self, target, field):
        ids = defaultdict(list)
        for line in self:
            ids[line[field]].append(line[target.link].id)
        records = self._crm_targets(target).browse(self[target.link].ids)
        for price, some_ids in ids.items():
            some = records.browse(some_ids).with_prefetch(records._ids)
            some.write({target.price: price})

    def _crm_replace(self, target, start):
        """Let these prices end before ``start``, and the new ones begin."""
        records = self._crm_targets(target)
        olds = records.browse(line[target.link].id for line in self)
        vals_list = [
            vals | {"date_start": start, target.price: line.new_price}
            for line, vals in zip(self, olds.copy_data(), strict=True)
        ]
        for line, old in zip(self.sudo(), olds, strict=True):
            line.old_date_end = old.date_end
        olds.write({"date_end": self._crm_end_before(target, start)})
        for line, new in zip(self.sudo(), records.create(vals_list), strict=True):
            line.write({target.replacement: new.id, "method": "replace"})

    def _crm_end_before(self, target, start):
        # Both ends of a period belong to it.
        return start - (
            timedelta(days=1) if target.model == "product.supplierinfo" else timedelta(seconds=1)
        )

    def _crm_create_rules(self, target, start):
        rules = self._crm_targets(target).create(
            [
                {
                    "pricelist_id": self.update_id.pricelist_id.id,
                    "applied_on": "1_product",
                    "display_applied_on": "1_product",
                    "product_tmpl_id": line.product_tmpl_id.id,
                    "compute_price": "fixed",
                    "fixed_price": line.new_price,
                    # What a user or a screen has as a default is not meant here.
                    "min_quantity": 0.0,
                    "date_start": start,
                    "date_end": False,
                }
                for line in self
            ]
        )
        for line, rule in zip(self.sudo(), rules, strict=True):
            line.new_item_id = rule

    # --- Undoing ------------------------------------------------------------------------------

    def _crm_revert(self):
        """Give back the old prices of these lines of one update, where the price is still the one
        that the update made; mark the others.
        """
        update = self.update_id
        target = _TARGETS[update.target]
        lines = self._crm_lock_targets(target)
        start = target.replacement and update._crm_start(target.model)
        methods = lines.grouped("method")
        written = methods.get("write", self.browse()).filtered(
            lambda line: line._crm_holds(line[target.link], target, line.new_price)
        )
        created = methods.get("create", self.browse()).filtered(
            lambda line: (
                line._crm_holds(line.new_item_id, target, line.new_price)
                and line._crm_is_as_created(start)
            )
        )
        replaced = methods.get("replace", self.browse()).filtered(
            lambda line: (
                line._crm_holds(line[target.link], target, line.old_price)
                and line._crm_holds(line[target.replacement], target, line.new_price)
                and line[target.replacement].date_start == start
                and line[target.link].date_end == self._crm_end_before(target, start)
                and line._crm_is_as_replaced(target)
            )
        )
        undone = written | created | replaced
        undone.sudo().write({"state": "reverted"})
        (lines - undone).sudo().write({"state": "kept"})
        written._crm_write_prices(target, "old_price")
        replaced._crm_restore(target)
        if created:
            created._crm_targets(target).browse(created.new_item_id.ids).unlink()

    def _crm_is_as_created(self, start):
        """Return whether the rule that this line created was not changed beside its price."""
        rule = self.new_item_id
        return (
            rule.applied_on == "1_product"
            and rule.product_tmpl_id == self.product_tmpl_id
            and rule.pricelist_id == self.update_id.pricelist_id
            and not rule.min_quantity
            and not rule.date_end
            and rule.date_start in (False, start)
        )

    def _crm_is_as_replaced(self, target):
        """Return whether what replaced the price of this line has its terms, as it was copied."""
        old, new = self[target.link], self[target.replacement]
        end = self.old_date_end
        if end and target.model == "product.supplierinfo":
            end = end.date()
        terms = old._crm_price_fields - {target.price, "date_start", "date_end"}
        return new.date_end == end and all(old[name] == new[name] for name in terms)

    def _crm_restore(self, target):
        """Delete what replaced these prices, and let them end when they would have ended."""
        if not self:
            return
        records = self._crm_targets(target)
        ids = defaultdict(list)
        for line in self:
            ids[line.old_date_end].append(line[target.link].id)
        records.browse(self[target.replacement].ids).unlink()
        for date_end, some_ids in ids.items():
            records.browse(some_ids).write({"date_end": date_end})
