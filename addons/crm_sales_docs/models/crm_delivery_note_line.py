# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

# who sees what the goods cost; the people who only hand them over do not
PRICE_GROUPS = (
    "sales_team.group_sale_salesman,account.group_account_invoice,account.group_account_readonly"
)


class CrmDeliveryNoteLine(models.Model):
    _name = "crm.delivery.note.line"
    _description = "Delivery Note Line"
    _inherit = ["crm.system.fields.mixin", "crm.typed.values.mixin"]
    _order = "sequence, id"
    _check_company_auto = True
    _crm_system_fields = frozenset(
        {
            "state",
            "company_id",
            "order_id",
            "note_type",
            "origin_line_id",
            "qty_returned",
            "qty_invoiced",
            "qty_to_invoice",
            "price_subtotal",
            "price_total",
        }
    )

    note_id = fields.Many2one(
        "crm.delivery.note", "Delivery Note", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="note_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="note_id.currency_id")
    state = fields.Selection(
        related="note_id.state", string="Status", store=True, precompute=True, copy=False
    )
    note_type = fields.Selection(
        related="note_id.note_type", string="Type", store=True, precompute=True, copy=False
    )
    display_type = fields.Selection(
        [
            ("line_section", "Section"),
            ("line_subsection", "Subsection"),
            ("line_note", "Note"),
        ]
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        "Order Line",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        readonly=True,
    )
    order_id = fields.Many2one(
        related="sale_line_id.order_id", string="Order", store=True, index="btree_not_null"
    )
    origin_line_id = fields.Many2one(
        "crm.delivery.note.line",
        "Returned Line",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
    )
    return_line_ids = fields.One2many(
        "crm.delivery.note.line", "origin_line_id", "Lines of Returns"
    )
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain=[("sale_ok", "=", True), ("type", "!=", "combo")],
    )
    name = fields.Text(
        "Description", compute="_compute_name", store=True, readonly=False, precompute=True
    )
    quantity = fields.Float(default=1.0, digits="Product Unit", required=True)
    lot_text = fields.Char(
        "Lots", help="Lots or serial numbers of what is handed over, as printed on the note."
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    qty_ordered = fields.Float("Ordered", compute="_compute_qty_pending", digits="Product Unit")
    qty_pending = fields.Float(
        "Still to Deliver",
        compute="_compute_qty_pending",
        digits="Product Unit",
        help="What remains of the order when this note is delivered.",
    )
    qty_returned = fields.Float(
        "Returned",
        compute="_compute_qty_returned",
        store=True,
        copy=False,
        digits="Product Unit",
        help="What validated returns took back, in the unit of this line.",
    )
    qty_returnable = fields.Float(
        "May Come Back",
        compute="_compute_qty_returnable",
        digits="Product Unit",
        help="What was delivered and has not come back.",
    )
    price_unit = fields.Float(
        "Unit Price",
        compute="_compute_price_unit",
        min_display_digits="Product Price",
        store=True,
        readonly=False,
        precompute=True,
        groups=PRICE_GROUPS,
    )
    technical_price_unit = fields.Float(groups=PRICE_GROUPS, export_string_translation=False)
    discount = fields.Float(
        "Discount (%)",
        compute="_compute_discount",
        digits="Discount",
        store=True,
        readonly=False,
        precompute=True,
        groups=PRICE_GROUPS,
    )
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        compute="_compute_tax_ids",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain=[("type_tax_use", "=", "sale")],
        context={"active_test": False},
        groups=PRICE_GROUPS,
    )
    price_subtotal = fields.Monetary(
        "Subtotal", compute="_compute_amounts", store=True, groups=PRICE_GROUPS
    )
    price_total = fields.Monetary(
        "Total", compute="_compute_amounts", store=True, groups=PRICE_GROUPS
    )
    invoice_line_ids = fields.One2many(
        "account.move.line",
        "crm_delivery_note_line_id",
        "Invoice Lines",
        groups=PRICE_GROUPS,
    )
    qty_invoiced = fields.Float(
        "Invoiced",
        compute="_compute_qty_invoiced",
        store=True,
        digits="Product Unit",
        help="Invoices less credit notes, in the unit of the order line.",
    )
    qty_to_invoice = fields.Float(
        "To Invoice",
        compute="_compute_qty_to_invoice",
        store=True,
        digits="Product Unit",
        help="In the unit of the order line, and never more than the order has to invoice. "
        "Less than nothing where a return is to be credited.",
    )

    _quantity_not_negative = models.Constraint(
        "CHECK(quantity >= 0)", "The quantity of a delivery note line cannot be negative."
    )
    _section_without_product = models.Constraint(
        "CHECK(display_type IS NULL OR (product_id IS NULL AND sale_line_id IS NULL))",
        "A section or note line of a delivery note has no product.",
    )

    # === COMPUTES ===#
    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.sale_line_id and not line.name:
                line.name = line.sale_line_id.name
            elif line.product_id and not line.sale_line_id:
                lang = line.note_id.partner_id.lang or self.env.lang
                line.name = line.product_id.with_context(
                    lang=lang
                ).get_product_multiline_description_sale()

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            line.product_uom_id = line.sale_line_id.product_uom_id or line.product_id.uom_id

    @api.depends(
        "quantity",
        "product_uom_id",
        "state",
        "sale_line_id.product_uom_qty",
        "sale_line_id.qty_delivered",
    )
    def _compute_qty_pending(self):
        for line in self.sudo():
            order_line = line.sale_line_id
            line.qty_ordered = order_line.product_uom_qty
            pending = order_line.product_uom_qty - order_line.qty_delivered
            if line.state == "draft" and order_line:
                sign = -1 if line.note_type == "return" else 1
                pending -= sign * line._crm_quantity_in_order_unit()
            line.qty_pending = pending

    @api.depends("return_line_ids.state", "return_line_ids.quantity")
    def _compute_qty_returned(self):
        for line in self:
            issued = line.return_line_ids.filtered(lambda line: line.state == "done")
            line.qty_returned = (
                abs(issued._crm_total_quantity(line.product_uom_id)) if issued else 0.0
            )

    @api.depends(
        "quantity", "qty_returned", "origin_line_id.quantity", "origin_line_id.qty_returned"
    )
    def _compute_qty_returnable(self):
        for line in self.sudo():
            origin = line.origin_line_id or line
            line.qty_returnable = 0.0
            if origin.product_uom_id:
                line.qty_returnable = origin.product_uom_id.round(
                    origin.quantity - origin.qty_returned
                )

    @api.depends(
        "product_id",
        "product_uom_id",
        "quantity",
        "note_id.pricelist_id",
        "sale_line_id.price_unit",
    )
    def _compute_price_unit(self):
        for line in self:
            if line.state not in (False, "draft"):
                continue
            if line.sale_line_id:
                line.price_unit = line.sale_line_id.product_uom_id._compute_price(
                    line.sale_line_id.price_unit, line.product_uom_id
                )
            elif not line.product_id:
                line.price_unit = line.technical_price_unit = 0.0
            elif not line._crm_has_manual_price():
                line._crm_reset_price()

    @api.depends("product_id", "sale_line_id.discount")
    def _compute_discount(self):
        for line in self:
            if line.state in (False, "draft"):
                line.discount = line.sale_line_id.discount if line.sale_line_id else line.discount

    @api.depends("product_id", "note_id.fiscal_position_id", "sale_line_id.tax_ids")
    def _compute_tax_ids(self):
        for line in self:
            if line.state not in (False, "draft"):
                continue
            if line.sale_line_id:
                line.tax_ids = line.sale_line_id.tax_ids
            else:
                taxes = line.product_id.taxes_id._filter_taxes_by_company(
                    line.company_id or self.env.company
                )
                line.tax_ids = line.note_id.fiscal_position_id.map_tax(taxes)

    @api.depends("quantity", "price_unit", "discount", "tax_ids")
    def _compute_amounts(self):
        AccountTax = self.env["account.tax"]
        for line in self:
            company = line.company_id or self.env.company
            base_line = line._prepare_base_line_for_taxes_computation()
            AccountTax._add_tax_details_in_base_line(base_line, company)
            AccountTax._round_base_lines_tax_details([base_line], company)
            line.price_subtotal = base_line["tax_details"]["total_excluded_currency"]
            line.price_total = base_line["tax_details"]["total_included_currency"]

    @api.depends(
        "invoice_line_ids.quantity",
        "invoice_line_ids.move_id.state",
        "invoice_line_ids.move_id.move_type",
    )
    def _compute_qty_invoiced(self):
        # as core counts what an order line has invoiced: drafts too, credit notes against it
        for line in self:
            quantity = 0.0
            for move_line in line.invoice_line_ids:
                move = move_line.move_id
                if move.state == "cancel" and move.payment_state != "invoicing_legacy":
                    continue
                sign = {"out_invoice": 1, "out_refund": -1}.get(move.move_type, 0)
                quantity += sign * move_line.product_uom_id._compute_quantity(
                    move_line.quantity,
                    line.sale_line_id.product_uom_id,
                    rounding_method="HALF-UP",
                )
            line.qty_invoiced = quantity

    @api.depends(
        "state",
        "quantity",
        "qty_returned",
        "qty_invoiced",
        "sale_line_id.qty_to_invoice",
        "sale_line_id.crm_delivery_note_line_ids.state",
        "sale_line_id.crm_delivery_note_line_ids.qty_invoiced",
    )
    def _compute_qty_to_invoice(self):
        """Share out what the order line has to invoice among its note lines, the oldest first.

        The share of a delivery is never more than what it delivered and did not come back. Only
        where a note uses another unit than the order does the last one take the cents that
        rounding leaves. What the order has invoiced too much is shared out, as less than nothing,
        among the returns: first to the ones whose delivery was invoiced.
        """
        self.qty_to_invoice = 0.0
        done = self.filtered(lambda line: line.state == "done" and line.sale_line_id)
        for order_line in done.sale_line_id:
            unit = order_line.product_uom_id
            issued = order_line.crm_delivery_note_line_ids.filtered(
                lambda line: line.state == "done"
            ).sorted("id")
            returns = issued.filtered("origin_line_id")
            siblings = issued - returns
            rest = max(order_line.qty_to_invoice, 0.0)
            shares = {}
            balances = {}
            for line in siblings:
                family = line
                if returns:
                    family |= returns.filtered(lambda back, line=line: back.origin_line_id == line)
                kept = (
                    family._crm_total_quantity(unit)
                    if len(family) > 1
                    else line._crm_quantity_in_order_unit()
                )
                balances[line] = kept - sum(family.mapped("qty_invoiced"))
            for line in siblings:
                shares[line] = min(max(balances[line], 0.0), rest)
                rest -= shares[line]
            last = next((line for line in reversed(siblings) if shares[line]), None)
            other_unit = any(line.product_uom_id != unit for line in siblings)
            if last and other_unit and 0 < rest <= unit.rounding * len(siblings):
                shares[last] += rest
            if returns:
                shares |= returns._crm_shares_to_credit(
                    balances, max(-order_line.qty_to_invoice, 0.0)
                )
            for line, share in shares.items():
                if line in done:
                    line.qty_to_invoice = unit.round(share)

    # === CONSTRAINTS ===#
    @api.constrains("sale_line_id", "product_id", "note_id")
    def _check_order_line(self):
        # the people who deliver do not see the order
        misfits = self.sudo().filtered(lambda line: not line._crm_fits_order())
        if misfits:
            raise ValidationError(
                "\n".join(dict.fromkeys(line._crm_misfit_message() for line in misfits))
            )

    @api.constrains("origin_line_id", "product_id", "sale_line_id", "note_id", "display_type")
    def _check_origin_line(self):
        for line in self.sudo():
            origin = line.origin_line_id
            note = line.note_id
            if line.display_type or (note.note_type == "delivery" and not origin):
                continue
            if (
                not origin
                or origin.note_id != note.origin_note_id
                or origin.product_id != line.product_id
                or origin.sale_line_id != line.sale_line_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(note)s takes back only what %(origin)s delivered. Delete the line "
                        "%(product)s.",
                        note=note.display_name,
                        origin=note.origin_note_id.display_name or "–",
                        product=line.product_id.display_name or (line.name or ""),
                    )
                )

    @api.constrains("product_id", "product_uom_id")
    def _check_unit(self):
        for line in self:
            unit = line.product_id.uom_id
            if unit and not (
                line.product_uom_id and unit._has_common_reference(line.product_uom_id)
            ):
                raise ValidationError(
                    self.env._(
                        "%(product)s is measured in %(unit)s. Choose a unit that converts to it.",
                        product=line.product_id.display_name,
                        unit=unit.name,
                    )
                )

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id and not self.sale_line_id:
            # whoever sees no prices may still choose another product
            self.sudo()._crm_reset_price()

    # === CRUD ===#
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "price_unit" in vals:
                # a price that comes without its mark was typed by a person
                vals.setdefault("technical_price_unit", 0.0 if vals["price_unit"] else -1.0)
        lines = super().create(vals_list)
        lines._crm_check_draft()
        # to put a line of an order on a note is to change what the order has delivered
        lines.sale_line_id.check_access("write")
        return lines

    def _add_precomputed_values(self, vals_list):
        result = super()._add_precomputed_values(vals_list)
        for vals in vals_list:
            vals.setdefault("technical_price_unit", vals.get("price_unit", 0.0))
        return result

    def write(self, vals):
        self._crm_check_draft()
        if "sale_line_id" in vals:
            self.sale_line_id.check_access("write")
        changed = self.browse()
        if "product_id" in vals and "price_unit" not in vals:
            changed = self.filtered(
                lambda line: not line.sale_line_id and line.product_id.id != vals["product_id"]
            )
        result = super().write(vals)
        for line in changed.sudo().filtered("product_id"):
            # a price that was typed for another product, by people who see prices
            line._crm_reset_price()
        if "sale_line_id" in vals:
            self.sale_line_id.check_access("write")
        if "note_id" in vals:
            self._crm_check_draft()
        return result

    def copy_data(self, default=None):
        # an order made for a direct note is fulfilled by that note alone
        return [
            {**vals, "sale_line_id": False} if line.order_id.crm_delivery_note_origin_id else vals
            for line, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        self._crm_check_draft()

    def _crm_check_draft(self):
        issued = self.note_id.filtered(lambda note: note.state != "draft")
        if issued:
            raise UserError(
                self.env._(
                    "The lines of %(notes)s cannot be changed any more. Cancel the note and issue "
                    "another one.",
                    notes=", ".join(issued.mapped("display_name")),
                )
            )

    # === BUSINESS ===#
    def _crm_fits_order(self):
        """Tell whether the line delivers what its order line says, to whom and for whom."""
        self.ensure_one()
        note = self.note_id
        order_line = self.sale_line_id
        return not order_line or (
            order_line.product_id == self.product_id
            and order_line.company_id == note.company_id
            and order_line.currency_id == note.currency_id
            and order_line.order_id.partner_id.commercial_partner_id
            == note.partner_id.commercial_partner_id
        )

    def _crm_has_left(self):
        """Tell whether another document delivered the goods before the note was made."""
        self.ensure_one()
        return False

    def _crm_misfit_message(self):
        return self.env._(
            "The line %(line)s does not fit its order %(order)s: product, customer, company and "
            "currency must be the same. Delete the line and add the product again.",
            line=self.product_id.display_name,
            order=self.order_id.name,
        )

    def _prepare_base_line_for_taxes_computation(self):
        self.ensure_one()
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            self,
            tax_ids=self.tax_ids,
            quantity=self.quantity,
            partner_id=self.note_id.partner_id,
            currency_id=self.note_id.currency_id or self.env.company.currency_id,
        )

    def _crm_has_manual_price(self):
        currency = self.currency_id or self.env.company.currency_id
        return currency.compare_amounts(self.technical_price_unit, self.price_unit) != 0

    def _crm_reset_price(self):
        """Take the price from the price list; the field beside it remembers that it came thence."""
        note = self.note_id
        company = self.company_id or self.env.company
        product = self.product_id.with_company(company)
        price = note.pricelist_id._get_product_price(
            product,
            self.quantity or 1.0,
            uom=self.product_uom_id or product.uom_id,
            date=note.date or fields.Date.context_today(self),
            currency=note.currency_id or company.currency_id,
        )
        price = product._get_tax_included_unit_price_from_price(
            price,
            product_taxes=product.taxes_id._filter_taxes_by_company(company),
            fiscal_position=note.fiscal_position_id,
        )
        self.price_unit = self.technical_price_unit = price

    def _crm_quantity_in_order_unit(self):
        """Return the quantity in the unit of the order line, rounded once."""
        self.ensure_one()
        unit = self.sale_line_id.product_uom_id
        if not unit or unit == self.product_uom_id:
            return self.quantity
        return self.product_uom_id._compute_quantity(self.quantity, unit, rounding_method="HALF-UP")

    def _crm_kept_in_order_unit(self):
        """Return what was delivered and did not come back, in the unit of the order line."""
        self.ensure_one()
        if not self.qty_returned:
            return self._crm_quantity_in_order_unit()
        unit = self.sale_line_id.product_uom_id or self.product_uom_id
        return self.product_uom_id._compute_quantity(
            self.quantity - self.qty_returned, unit, rounding_method="HALF-UP"
        )

    def _crm_is_invoiced(self):
        """Tell whether what the line delivered is invoiced, or what it took back is credited."""
        self.ensure_one()
        if self.note_type == "return":
            return bool(self.qty_invoiced)
        return self.qty_invoiced > 0 or (
            self.sale_line_id.qty_invoiced > 0 and self.qty_returned < self.quantity
        )

    def _crm_shares_to_credit(self, balances, rest):
        """Return ``{line: less than nothing}``: ``rest`` shared out among these lines of returns.

        :param dict balances: by delivery line: what it delivered less what came back and what is
            invoiced; negative where too much is invoiced
        """
        shares = dict.fromkeys(self, 0.0)
        needs = {line: max(-balance, 0.0) for line, balance in balances.items()}
        for only_own in (True, False):
            for line in self:
                origin = line.origin_line_id
                share = min(
                    max(line._crm_quantity_in_order_unit() + line.qty_invoiced + shares[line], 0.0),
                    needs[origin] if only_own else rest,
                    rest,
                )
                shares[line] -= share
                needs[origin] -= share
                rest -= share
        return shares

    def _crm_total_quantity(self, unit):
        """Return the sum of the lines in ``unit``: added up in the product's unit, rounded once.

        Returns count less than nothing.
        """
        product_unit = self.product_id.uom_id
        total = sum(
            (-1 if line.note_type == "return" else 1)
            * line.product_uom_id._compute_quantity(line.quantity, product_unit, round=False)
            for line in self
        )
        return product_unit._compute_quantity(total, unit, rounding_method="HALF-UP")

    def _crm_printed_name(self):
        """Return the description without the product's code, which has a column of its own."""
        self.ensure_one()
        return (self.name or "").removeprefix(f"[{self.product_id.default_code}] ")

    def _prepare_return_line_vals(self):
        """Return the values of the line of a return that takes back all that may come back."""
        self.ensure_one()
        if self.display_type:
            return {"display_type": self.display_type, "name": self.name, "quantity": 0.0}
        return {
            "origin_line_id": self.id,
            "sale_line_id": self.sale_line_id.id,
            "product_id": self.product_id.id,
            "name": self.name,
            "product_uom_id": self.product_uom_id.id,
            "quantity": self.qty_returnable,
            "lot_text": self.lot_text,
        }

    def _prepare_order_line_vals(self, sequence):
        self.ensure_one()
        return {
            "sequence": sequence,
            "product_id": self.product_id.id,
            "name": self.name,
            "product_uom_qty": self.quantity,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": self.price_unit,
            # anything but the price marks it as typed by a person, so that no price list resets it
            "technical_price_unit": 0.0 if self.price_unit else -1.0,
            "discount": self.discount,
            "tax_ids": [Command.set(self.tax_ids.ids)],
        }

    def _crm_validation_blockers(self):
        """Return what is wrong with this line of a note that is to be validated."""
        self.ensure_one()
        order = self.order_id
        note_name = self.note_id.display_name
        product = self.product_id
        if not product:
            return [
                {
                    "code": "no_product",
                    "message": self.env._(
                        "%(note)s: the line “%(line)s” has no product. Choose one or delete the "
                        "line.",
                        note=note_name,
                        line=(self.name or "").split("\n")[0],
                    ),
                }
            ]
        blockers = []
        if not product.active:
            blockers.append(
                {
                    "code": "archived_product",
                    "message": self.env._(
                        "%(note)s: the product %(product)s is archived. Restore it or take the "
                        "line off.",
                        note=note_name,
                        product=product.display_name,
                    ),
                }
            )
        if product.type == "combo":
            blockers.append(
                {
                    "code": "combo",
                    "message": self.env._(
                        "%(note)s: %(product)s is a combo. Deliver the products that it is made "
                        "of.",
                        note=note_name,
                        product=product.display_name,
                    ),
                }
            )
        if not self._crm_fits_order():
            blockers.append({"code": "order_changed", "message": self._crm_misfit_message()})
        elif order and order.state != "sale":
            blockers.append(
                {
                    "code": "order_not_confirmed",
                    "message": self.env._(
                        "%(note)s: the order %(order)s is not confirmed. Confirm it or take its "
                        "lines off.",
                        note=note_name,
                        order=order.name,
                    ),
                }
            )
        elif order and not self.sale_line_id._crm_is_deliverable():
            blockers.append(
                {
                    "code": "not_deliverable",
                    "message": self.env._(
                        "%(note)s: %(product)s of %(order)s is not delivered by delivery notes. "
                        "Take the line off.",
                        note=note_name,
                        product=product.display_name,
                        order=order.name,
                    ),
                }
            )
        return blockers
