# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .customer_codes import customer_codes
from .path_search import path_search


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "crm.conversion.mixin"]

    crm_delivery_note_ids = fields.Many2many(
        "crm.delivery.note",
        string="Delivery Notes",
        compute="_compute_crm_delivery_note_ids",
        search="_search_crm_delivery_note_ids",
        compute_sudo=True,
    )
    crm_delivery_note_count = fields.Integer(
        "Number of Delivery Notes", compute="_compute_crm_delivery_note_ids", compute_sudo=True
    )
    # What only a few screens ask for stays out of the reading of every order: it has a group.
    crm_delivery_note_origin_id = fields.Many2one(
        "crm.delivery.note",
        "Direct Delivery Note",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The delivery note without an order that this order was made for.",
        prefetch="crm_sales",
    )
    crm_delivery_state = fields.Selection(
        [
            ("no", "Nothing to Deliver"),
            ("to", "To Deliver"),
            ("partial", "Partly Delivered"),
            ("done", "Delivered"),
        ],
        "Delivery",
        compute="_compute_crm_delivery_state",
        store=True,
        copy=False,
    )
    crm_next_step = fields.Selection(
        [("deliver", "Deliver"), ("invoice", "Invoice"), ("credit", "Credit")],
        "Next Step",
        compute="_compute_crm_next_step",
        help="What the order waits for: goods to hand over, handed over goods to invoice, or goods "
        "that came back to credit.",
    )
    crm_assortment_warning = fields.Text(
        "Outside the Assortment", compute="_compute_crm_assortment_warning"
    )
    crm_conversion_seq = fields.Integer(
        "Conversions",
        copy=False,
        readonly=True,
        default=0,
        export_string_translation=False,
        prefetch="crm_sales",
    )

    # === COMPUTES ===#
    @api.depends("order_line.crm_delivery_note_line_ids.note_id")
    def _compute_crm_delivery_note_ids(self):
        for order in self:
            order.crm_delivery_note_ids = order.order_line.crm_delivery_note_line_ids.note_id
            order.crm_delivery_note_count = len(order.crm_delivery_note_ids)

    def _search_crm_delivery_note_ids(self, operator, value):
        return path_search("order_line.crm_delivery_note_line_ids.note_id", operator, value)

    @api.depends(
        "state",
        "order_line.product_uom_qty",
        "order_line.qty_delivered",
        "order_line.qty_delivered_method",
        "order_line.product_id",
    )
    def _compute_crm_delivery_state(self):
        for order in self:
            # Not filtered(): it would narrow what is read ahead to the lines of one order.
            lines = [line for line in order.order_line if line._crm_is_to_deliver()]
            if order.state != "sale" or not lines:
                order.crm_delivery_state = "no"
            elif not any(line._crm_qty_to_deliver() for line in lines):
                order.crm_delivery_state = "done"
            elif any(line.qty_delivered for line in lines):
                order.crm_delivery_state = "partial"
            else:
                order.crm_delivery_state = "to"

    @api.depends(
        "crm_delivery_state",
        "invoice_status",
        "order_line.qty_to_invoice",
        "order_line.crm_delivery_note_line_ids.qty_to_invoice",
    )
    def _compute_crm_next_step(self):
        for order in self:
            billable = [line for line in order.order_line if line.qty_to_invoice > 0]
            if order.state != "sale":
                order.crm_next_step = False
            elif any(line.qty_delivered > line.qty_invoiced for line in billable):
                order.crm_next_step = "invoice"
            elif any(
                line.qty_to_invoice < 0 and line._crm_waits_for_invoice()
                for line in order.order_line
            ):
                # what came back goes first; together with goods it is one invoice
                order.crm_next_step = "invoice" if billable else "credit"
            elif order.crm_delivery_state in ("to", "partial"):
                order.crm_next_step = "deliver"
            elif order.invoice_status == "to invoice":
                order.crm_next_step = "invoice"
            else:
                order.crm_next_step = False

    @api.depends("state", "partner_id", "company_id", "date_order", "order_line.product_id")
    def _compute_crm_assortment_warning(self):
        for order in self:
            order.crm_assortment_warning = (
                order.state in ("draft", "sent") and order._crm_assortment_message()
            )

    # === CRUD ===#
    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_delivery_note(self):
        self.order_line._unlink_except_on_delivery_note()

    # === ACTIONS ===#
    def action_quotation_send(self):
        # The customer must be able to confirm what is sent.
        problems = [
            f"{order.name}: {problem}"
            for order in self
            if order.state in ("draft", "sent")
            for problem in order._crm_quote_problems()
        ]
        if problems:
            raise UserError("\n".join(problems))
        return super().action_quotation_send()

    def action_crm_create_delivery_note(self):
        """Confirm the quotes and prepare a draft note of what each order has still to deliver.

        :return: the action that opens the notes: the open draft of an order if there is one, its
            issued notes if everything is delivered
        :raise UserError: with every blocker of every order
        """
        self.check_access("write")
        self._crm_lock()
        self._crm_check_ready("note")
        self._crm_confirm_quotes()
        notes = self.env["crm.delivery.note"]
        to_create = self.browse()
        for order in self:
            drafts = order._crm_notes("draft")
            if drafts:
                notes |= drafts
            elif order._crm_lines_to_deliver():
                to_create |= order
            else:
                notes |= order._crm_notes("done")
        notes |= to_create._crm_create_delivery_notes()
        return notes._crm_open()

    def action_crm_create_invoice(self):
        """Confirm the quotes and invoice all that each order has to invoice: one draft each.

        Lines that are invoiced on delivery need a delivery note. If nothing of an order has been
        delivered, its note is issued too: the open draft as it stands, else one of everything.

        :return: the action that opens the invoices; for an order without anything left to invoice,
            its latest invoice
        :raise UserError: with every blocker of every order
        """
        self.check_access("write")
        self._crm_lock()
        self._crm_check_ready("invoice")
        self._crm_confirm_quotes()
        to_issue = self.filtered(lambda order: order._crm_waits_for_first_delivery())
        drafts = to_issue._crm_notes("draft")
        notes = drafts | (to_issue - drafts.order_ids)._crm_create_delivery_notes()
        if notes:
            notes.action_validate()
        to_invoice = self.filtered(lambda order: order._crm_has_to_invoice())
        invoices = self.env["account.move"]
        for order in self - to_invoice:
            invoices |= order.invoice_ids._crm_latest()
        if to_invoice:
            invoices |= to_invoice.with_context(crm_conversion=True)._create_invoices(
                grouped=True, final=True
            )
        return invoices._crm_open()

    def action_crm_view_delivery_notes(self):
        """Return the action that opens the delivery notes of these orders."""
        return self.crm_delivery_note_ids._crm_open()

    # === ASSORTMENT AND CODES OF THE CUSTOMER ===#
    def _crm_customer_products(self):
        """Return ``{line id: row}``: what the customer calls the products of the lines."""
        self.ensure_one()
        lines = self.order_line.filtered("product_id")
        return customer_codes({self.partner_id: lines}, self.company_id, self._crm_codes_date())

    def _crm_codes_date(self):
        return self.date_order and fields.Datetime.context_timestamp(self, self.date_order).date()

    def _crm_outside_assortment(self, products):
        # Whether the customer buys a product does not depend on who confirms: it may be the
        # customer, in the portal.
        customer = self.partner_id.sudo().with_company(self.company_id)
        if not customer:
            return products.browse()
        return customer._crm_outside_assortment(products, self._crm_codes_date())

    def _crm_assortment_message(self):
        """Return a sentence that names the products that the customer does not buy, or False."""
        self.ensure_one()
        products = self.order_line.filtered(
            lambda line: (
                line.product_id
                and not line.is_downpayment
                and not line.combo_item_id
                and line._can_be_invoiced_alone()
            )
        ).product_id
        outside = self._crm_outside_assortment(products)
        if not outside:
            return False
        return self.env._(
            "Not in the assortment of %(customer)s: %(products)s. Take them off, or add them to "
            "the products of the account.",
            customer=self.partner_id.commercial_partner_id.display_name,
            products=", ".join(outside.mapped("display_name")),
        )

    def _crm_assortment_error(self):
        """Return that sentence where the customer buys nothing else."""
        customer = self.partner_id.sudo()
        # Reading a customer reads all of it, for every confirmation: most companies need not.
        return (
            customer._crm_assortments_block()
            and customer.commercial_partner_id.crm_assortment_policy == "block"
            and self._crm_assortment_message()
        )

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or "\n".join(self._crm_quote_problems())

    def _crm_quote_problems(self):
        """Return why this quote is neither sent nor confirmed: a list of sentences."""
        self.ensure_one()
        error = self._crm_assortment_error()
        return [error] if error else []

    def _get_product_catalog_domain(self):
        return super()._get_product_catalog_domain() & Domain(
            "crm_allowed_for_id", "=", self.partner_id.id
        )

    def _get_action_add_from_catalog_extra_context(self):
        context = super()._get_action_add_from_catalog_extra_context()
        return {**context, "partner_id": self.partner_id.id}

    def _get_product_catalog_order_data(self, products, **kwargs):
        data = super()._get_product_catalog_order_data(products, **kwargs)
        for product in self._crm_outside_assortment(products):
            data[product.id].setdefault(
                "warning", self.env._("Not in the assortment of the customer")
            )
        return data

    # === DELIVERY ===#
    def _crm_confirm_quotes(self):
        quotes = self.filtered(lambda order: order.state in ("draft", "sent"))
        if quotes:
            quotes.action_confirm()

    def _crm_notes(self, state):
        """Return the deliveries of these orders in ``state``, also those of a colleague."""
        notes = self.sudo().crm_delivery_note_ids.filtered(
            lambda note: note.state == state and note.note_type == "delivery"
        )
        return notes.with_env(self.env)

    def _crm_lines_to_deliver(self):
        return self.order_line.filtered(
            lambda line: line._crm_is_deliverable() and line._crm_qty_to_deliver()
        )

    def _crm_waits_for_first_delivery(self):
        """Tell whether invoicing this order must issue its first delivery note."""
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: line._crm_is_deliverable() and line.product_id.invoice_policy == "delivery"
        )
        return (
            any(line._crm_qty_to_deliver() for line in lines)
            and not any(line.qty_delivered for line in lines)
            and not self._crm_notes("done")
        )

    def _crm_create_delivery_notes(self):
        """Create a draft note per order of all that the orders have still to deliver."""
        if not self:
            return self.env["crm.delivery.note"]
        return self.env["crm.delivery.note"].create(
            [order._prepare_delivery_note_vals() for order in self]
        )

    def _prepare_delivery_note_vals(self):
        """Return the values of a draft note of all that this order has still to deliver."""
        self.ensure_one()
        line_vals = self._crm_note_lines_vals(
            {
                line: [line._prepare_delivery_note_line_vals()]
                for line in self._crm_lines_to_deliver()
            }
        )
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "user_id": self.user_id.id,
            "pricelist_id": self.pricelist_id.id,
            "currency_id": self.currency_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "client_order_ref": self.client_order_ref,
            "line_ids": [
                Command.create({**vals, "sequence": sequence})
                for sequence, vals in enumerate(line_vals, 1)
            ],
        }

    def _crm_note_lines_vals(self, vals_by_line):
        """Return the values of a note's lines in the sequence of the order, with their headings.

        :param dict vals_by_line: by order line: the values of its lines on the note
        """
        self.ensure_one()
        result = []
        headings = []
        for line in self.order_line.sorted():
            if line.display_type == "line_section":
                headings = [line]
            elif line.display_type:
                headings = [h for h in headings if h.display_type != line.display_type] + [line]
            elif line in vals_by_line:
                result += [heading._prepare_delivery_note_line_vals() for heading in headings]
                result += vals_by_line[line]
                headings = []
        return result

    def _action_cancel(self):
        notes = self.sudo().crm_delivery_note_ids
        issued = notes.filtered(lambda note: note.state == "done")
        if issued:
            raise UserError(
                self.env._(
                    "%(orders)s cannot be cancelled: delivery notes %(notes)s were issued. Cancel "
                    "them first.",
                    orders=", ".join(issued.order_ids.filtered(lambda o: o in self).mapped("name")),
                    notes=", ".join(issued.mapped("name")),
                )
            )
        notes.filtered(lambda note: note.state == "draft").write({"state": "cancel"})
        return super()._action_cancel()

    # === BLOCKERS ===#
    def _crm_conversion_blockers(self, target):
        orders = self.sudo()
        blockers = super()._crm_conversion_blockers(target)
        quotes = orders.filtered(lambda order: order.state in ("draft", "sent"))
        for order in quotes:
            error = order.with_env(self.env)._confirmation_error_message()
            if error:
                blockers.append({"code": "not_confirmable", "message": f"{order.name}: {error}"})
        for order in orders.filtered(lambda order: order.state == "cancel"):
            if order.crm_superseded_by_id:
                message = order._crm_superseded_message()
            else:
                message = self.env._(
                    "%(order)s is cancelled. Set it back to quotation first.", order=order.name
                )
            blockers.append({"code": "cancelled", "message": message})
        orders = orders.filtered(lambda order: order.state != "cancel")
        blockers += orders._crm_partner_blockers()
        if target == "note":
            to_deliver = orders
        else:
            to_deliver = (orders & quotes) | orders.filtered(
                lambda order: order._crm_waits_for_first_delivery()
            )
        for line in to_deliver._crm_lines_to_deliver():
            if not line.product_id.active:
                blockers.append(
                    {
                        "code": "archived_product",
                        "message": self.env._(
                            "%(order)s: the product %(product)s is archived. Restore it or choose "
                            "another one.",
                            order=line.order_id.name,
                            product=line.product_id.display_name,
                        ),
                    }
                )
        if target == "note":
            return blockers + orders._crm_nothing_to_deliver_blockers()
        to_invoice = orders.order_line.filtered(
            lambda line: (
                not line.display_type
                and line.product_id.type != "combo"
                and line.product_uom_qty > line.qty_invoiced
            )
        )
        return (
            blockers
            + orders._crm_nothing_to_invoice_blockers()
            + orders._crm_accounting_blockers(to_invoice)
        )

    def _crm_nothing_to_deliver_blockers(self):
        return [
            {
                "code": "nothing_to_deliver",
                "message": self.env._(
                    "%(order)s has nothing to deliver. Add a product, or check the ordered and "
                    "delivered quantities.",
                    order=order.name,
                ),
            }
            for order in self
            if not order._crm_lines_to_deliver()
            and not any(note.state != "cancel" for note in order.crm_delivery_note_ids)
        ]

    def _crm_nothing_to_invoice_blockers(self):
        """Return a blocker for each order that has nothing to invoice and no invoice to open."""
        blockers = []
        for order in self:
            lines = order.order_line.filtered(
                lambda line: not line.display_type and not line.is_downpayment
            )
            if order.state == "sale":
                billable = order._crm_has_to_invoice()
            else:
                billable = any(
                    line.product_uom_qty > 0
                    and (line.product_id.invoice_policy == "order" or line._crm_is_deliverable())
                    for line in lines
                )
            if billable or order._crm_waits_for_first_delivery() or order.invoice_ids._crm_latest():
                continue
            blockers.append(
                {
                    "code": "nothing_to_invoice",
                    "message": self.env._(
                        "%(order)s has nothing to invoice. Add a product, deliver what is left, or "
                        "check its quantities.",
                        order=order.name,
                    ),
                }
            )
        return blockers

    # === INVOICING ===#
    def _crm_notes_to_invoice(self):
        """Return the delivery notes that the current conversion invoices."""
        return self.env["crm.delivery.note"].browse(self.env.context.get("crm_note_ids", ()))

    def _crm_has_to_invoice(self):
        """Tell whether an invoice of this order is due.

        A discount on the whole or a delivery fee waits for the invoice that completes the order.
        """
        self.ensure_one()
        due = self.order_line.filtered(
            lambda line: line._crm_waits_for_invoice() and not line.is_downpayment
        )
        return any(line._can_be_invoiced_alone() for line in due) or (
            bool(due) and self._crm_is_completed_by(lambda line: 0.0)
        )

    def _get_invoiceable_lines(self, final=False):
        lines = super()._get_invoiceable_lines(final)
        if self.env.context.get("crm_note_ids"):
            noted = self.order_line.filtered(lambda line: line._crm_note_lines_to_invoice())
            noted |= noted.linked_line_id.filtered(lambda line: line.product_type == "combo")
            noted |= lines.filtered("is_downpayment")
            if self._crm_is_completed_by(lambda line: line._crm_noted_quantity()):
                noted |= lines.filtered(
                    lambda line: (
                        not line.display_type
                        and line.qty_to_invoice > 0
                        and not line._can_be_invoiced_alone()
                    )
                )
            return self._crm_with_headings(noted)
        if self.env.context.get("crm_conversion"):
            completed = self._crm_is_completed_by(lambda line: max(line.qty_to_invoice, 0.0))
            lines = lines.filtered(
                lambda line: (
                    line.is_downpayment
                    or (completed or line.display_type or line._can_be_invoiced_alone())
                    and (line.qty_to_invoice >= 0 or line._crm_waits_for_invoice())
                )
            )
        combos = lines.linked_line_id.filtered(lambda line: line.product_type == "combo")
        # core counts a combo as invoiced once, whatever part of it was
        return self._crm_with_headings(lines | combos) if combos - lines else lines

    def _crm_with_headings(self, lines):
        """Return ``lines`` in the order's sequence, with their sections and the notes below them.

        Down payments come last, as core expects.
        """
        self.ensure_one()
        result = []
        headings = []
        follows = False
        for line in self.order_line:
            if line.display_type == "line_section":
                headings, follows = [line.id], False
            elif line.display_type == "line_subsection":
                headings = [
                    heading
                    for heading in headings
                    if self.env["sale.order.line"].browse(heading).display_type == "line_section"
                ] + [line.id]
                follows = False
            elif line.display_type:
                (result if follows else headings).append(line.id)
            elif line in lines and not line.is_downpayment:
                result += [*headings, line.id]
                headings, follows = [], True
            else:
                follows = False
        result += lines.filtered("is_downpayment").ids
        # read with the lines of all the orders that are invoiced together
        prefetch = self.order_line._prefetch_ids
        return self.env["sale.order.line"].browse(result).with_prefetch(prefetch)
