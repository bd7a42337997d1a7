# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models

_TERMS = ("partner_id", "validity_date", "commitment_date", "payment_term_id", "pricelist_id")
_LINE_FIELDS = ("product_id", "product_uom_qty", "product_uom_id", "price_unit", "discount")
_TOTALS = ("amount_untaxed", "amount_tax", "amount_total")


class CrmQuoteComparison(models.TransientModel):
    """Shows what changed between two revisions of a quote."""

    _name = "crm.quote.comparison"
    _description = "What Changed"

    order_id = fields.Many2one(
        "sale.order",
        "Revision",
        required=True,
        ondelete="cascade",
        domain="[('id', 'in', revision_ids)]",
    )
    revision_ids = fields.Many2many(
        "sale.order", string="Revisions", compute="_compute_revision_ids"
    )
    base_id = fields.Many2one(
        "sale.order",
        "Compared to",
        compute="_compute_base_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        ondelete="cascade",
        domain="[('id', 'in', revision_ids), ('id', '!=', order_id)]",
    )
    changes = fields.Html(compute="_compute_changes", sanitize=False)

    @api.depends("order_id")
    def _compute_revision_ids(self):
        for wizard in self:
            order = wizard.order_id._origin
            wizard.revision_ids = order and order._crm_revisions()

    @api.depends("order_id")
    def _compute_base_id(self):
        for wizard in self:
            order = wizard.order_id._origin
            revisions = (order and order._crm_revisions()) or order
            others = revisions - order
            earlier = [other for other in others if other.crm_revision < order.crm_revision]
            wizard.base_id = earlier[-1] if earlier else others[:1]

    @api.depends("order_id", "base_id")
    @api.depends_context("lang")
    def _compute_changes(self):
        for wizard in self:
            orders = (wizard.order_id | wizard.base_id)._origin.sorted("crm_revision")
            if len(orders) < 2:
                wizard.changes = False
                continue
            orders.check_access("read")
            wizard.changes = self.env["ir.qweb"]._render(
                "crm_sales_docs.crm_quote_comparison_changes", self._prepare_values(*orders)
            )

    def _prepare_values(self, old, new):
        return {
            "old": old,
            "new": new,
            "same_currency": old.currency_id == new.currency_id,
            "lines": self._crm_changed_lines(old, new),
            "terms": self._crm_changed_terms(old, new),
            "totals": [
                (self._crm_label(new, name), old[name], new[name], new[name] - old[name])
                for name in _TOTALS
            ],
        }

    def _crm_label(self, order, name):
        return order._fields[name]._description_string(self.env)

    def _crm_changed_terms(self, old, new):
        """Return ``(label, before, now)`` of each condition that is not what it was."""
        return [
            (self._crm_label(new, name), *(self._crm_shown(order, name) for order in (old, new)))
            for name in _TERMS
            if old[name] != new[name]
        ]

    def _crm_shown(self, order, name):
        value = order[name]
        if isinstance(value, models.BaseModel):
            return value.display_name or ""
        if not value:
            return ""
        field = order._fields[name]
        widget = "ir.qweb.field." + field.type
        return self.env[widget].value_to_html(value, {})

    @api.model
    def _crm_changed_lines(self, old, new):
        """Return a dict per line that was added, removed or changed, in the order of the quotes.

        A line is the same one if it was copied from the other's; what was entered anew is
        compared to a line of the same product that has no counterpart either.
        """
        old_lines, new_lines = (
            order.order_line.filtered(lambda line: not line.display_type) for order in (old, new)
        )
        before = {line: line._crm_line_in(old) & old_lines for line in new_lines}
        rest = old_lines - new_lines.browse().union(*before.values())
        for line, other in before.items():
            if not other:
                same = [old_line for old_line in rest if old_line.product_id == line.product_id]
                before[line] = same[0] if same else line.browse()
                rest -= before[line]
        result = [
            {"kind": "removed", "old": line, "new": line.browse(), "changed": set()}
            for line in rest
        ]
        for line, other in before.items():
            changed = {name for name in _LINE_FIELDS if other and line[name] != other[name]}
            if other and line.tax_ids != other.tax_ids:
                changed.add("tax_ids")
            if changed or not other:
                kind = "changed" if other else "added"
                result.append({"kind": kind, "old": other, "new": line, "changed": changed})
        return result
