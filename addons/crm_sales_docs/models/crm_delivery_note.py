# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import hashlib
import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date, format_datetime
from odoo.tools.image import image_process

from .crm_delivery_note_line import PRICE_GROUPS
from .customer_codes import customer_codes
from .path_search import path_search

# what is printed on the paper that the customer holds
FROZEN_FIELDS = {
    "company_id",
    "partner_id",
    "partner_invoice_id",
    "partner_shipping_id",
    "date",
    "delivery_datetime",
    "client_order_ref",
    "currency_id",
    "pricelist_id",
    "fiscal_position_id",
    "line_ids",
    "reason",
    "note",
    "carrier_id",
    "vehicle",
    "driver",
    "driver_identification",
    "parcels",
    "weight",
    "net_weight",
    "volume",
    "deliver_again",
}

# what the customer put a name under
SIGNED_FIELDS = {
    "signature",
    "signed_by",
    "signed_identification",
    "signed_on",
    "signed_ip",
    "signed_content",
    "signed_hash",
}
MAX_SIGNATURE = 2_000_000


class CrmDeliveryNote(models.Model):
    _name = "crm.delivery.note"
    _description = "Delivery Note"
    _inherit = [
        "crm.conversion.mixin",
        "crm.system.fields.mixin",
        "crm.typed.values.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
        "sequence.mixin",
        "crm.timeline.source",
    ]
    _order = "date desc, name desc, id desc"
    _rec_names_search = ["name", "origin", "client_order_ref", "partner_id"]
    _check_company_auto = True
    _sequence_index = "company_id"
    # whoever reads a note, also as a customer, may ask about it
    _mail_post_access = "read"
    _crm_timeline_kinds = ("delivery", "return")
    _crm_timeline_state_field = "state"
    _crm_conversion_field = "conversion_seq"
    _crm_system_fields = frozenset(
        {
            "name",
            "sequence_prefix",
            "sequence_number",
            "state",
            "invoice_state",
            "conversion_seq",
            "note_type",
            "origin_note_id",
            "origin",
            "printed_on",
            "access_token",
            "cancel_reason",
            *SIGNED_FIELDS,
            "amount_untaxed",
            "amount_tax",
            "amount_total",
            "amount_untaxed_signed",
            "amount_total_signed",
            "amount_to_invoice",
            "invoiced_on",
        }
    )

    name = fields.Char(
        "Number",
        copy=False,
        readonly=True,
        index="trigram",
        tracking=True,
        help="Set on validation.",
    )
    note_type = fields.Selection(
        [("delivery", "Delivery"), ("return", "Return")],
        "Type",
        required=True,
        readonly=True,
        default="delivery",
        copy=False,
    )
    origin_note_id = fields.Many2one(
        "crm.delivery.note",
        "Returned Note",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The delivery note whose goods come back.",
    )
    return_ids = fields.One2many("crm.delivery.note", "origin_note_id", "Returns")
    return_count = fields.Integer(
        "Number of Returns", compute="_compute_return_count", compute_sudo=True
    )
    is_returnable = fields.Boolean(compute="_compute_is_returnable", compute_sudo=True)
    deliver_again = fields.Boolean(
        copy=False,
        help="The goods taken back will be delivered again: the order keeps its quantity. "
        "Otherwise the ordered quantity is lowered by what comes back.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today, copy=False, tracking=True)
    delivery_datetime = fields.Datetime("Delivery Time", copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True, tracking=True
    )
    partner_invoice_id = fields.Many2one(
        "res.partner",
        "Invoice Address",
        compute="_compute_partner_addresses",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        check_company=True,
    )
    partner_shipping_id = fields.Many2one(
        "res.partner",
        "Delivery Address",
        compute="_compute_partner_addresses",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        check_company=True,
    )
    line_ids = fields.One2many("crm.delivery.note.line", "note_id", "Lines", copy=True)
    order_ids = fields.Many2many(
        "sale.order",
        string="Orders",
        compute="_compute_order_ids",
        search="_search_order_ids",
        compute_sudo=True,
    )
    origin = fields.Char(
        "Order",
        compute="_compute_origin",
        store=True,
        index="trigram",
        help="Numbers of the orders that this note delivers.",
    )
    client_order_ref = fields.Char("Customer Reference", copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Validated"), ("cancel", "Cancelled")],
        "Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
        group_expand=True,
    )
    invoice_state = fields.Selection(
        [
            ("no", "Nothing to Invoice"),
            ("to", "To Invoice"),
            ("partial", "Partly Invoiced"),
            ("done", "Invoiced"),
        ],
        "Invoicing",
        compute="_compute_invoice_state",
        store=True,
        default="no",
        copy=False,
    )
    invoice_ids = fields.Many2many(
        "account.move", string="Invoices", compute="_compute_invoice_ids", compute_sudo=True
    )
    invoice_count = fields.Integer(
        "Number of Invoices", compute="_compute_invoice_ids", compute_sudo=True
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        "Price List",
        compute="_compute_pricelist_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        groups=PRICE_GROUPS,
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        precompute=True,
        required=True,
        ondelete="restrict",
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        compute="_compute_fiscal_position_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        groups=PRICE_GROUPS,
    )
    amount_untaxed = fields.Monetary(
        "Untaxed Amount", compute="_compute_amounts", store=True, groups=PRICE_GROUPS
    )
    amount_tax = fields.Monetary(
        "Taxes", compute="_compute_amounts", store=True, groups=PRICE_GROUPS
    )
    amount_total = fields.Monetary(
        "Total", compute="_compute_amounts", store=True, groups=PRICE_GROUPS
    )
    amount_untaxed_signed = fields.Monetary(
        "Untaxed Amount Signed",
        compute="_compute_amounts",
        store=True,
        groups=PRICE_GROUPS,
        help="Less than nothing for a return.",
    )
    amount_total_signed = fields.Monetary(
        "Total Signed",
        compute="_compute_amounts",
        store=True,
        groups=PRICE_GROUPS,
        help="Less than nothing for a return.",
    )
    tax_totals = fields.Binary(compute="_compute_tax_totals", exportable=False, groups=PRICE_GROUPS)
    reason = fields.Selection(
        [
            ("sale", "Sale"),
            ("consignment", "Consignment"),
            ("sample", "Sample or demonstration"),
            ("repair", "Repair or warranty"),
            ("transfer", "Transfer between own premises"),
        ],
        "Reason of Transfer",
        required=True,
        default="sale",
    )
    carrier_id = fields.Many2one("res.partner", check_company=True, copy=False)
    vehicle = fields.Char(copy=False, help="Licence plate or description of the vehicle.")
    driver = fields.Char(copy=False)
    driver_identification = fields.Char("Driver's Identification", copy=False)
    parcels = fields.Integer(copy=False)
    weight = fields.Float("Gross Weight", digits="Stock Weight", copy=False)
    net_weight = fields.Float(digits="Stock Weight", copy=False)
    weight_uom_name = fields.Char(compute="_compute_uom_names")
    volume = fields.Float(digits="Volume", copy=False)
    volume_uom_name = fields.Char(compute="_compute_uom_names")
    note = fields.Text("Remarks")
    control_number = fields.Char(
        copy=False,
        index="btree_not_null",
        tracking=True,
        help="The number that the form is printed with by the printer. It may be corrected until "
        "the note is printed.",
    )
    printed_on = fields.Datetime("First Printed", copy=False, readonly=True)
    signature = fields.Image(copy=False, readonly=True, max_width=1024, max_height=1024)
    signed_by = fields.Char(copy=False, readonly=True)
    signed_identification = fields.Char("Identification", copy=False, readonly=True)
    signed_on = fields.Datetime(copy=False, readonly=True)
    signed_ip = fields.Char(
        "Signed from", copy=False, readonly=True, help="The address of a signature on the portal."
    )
    signed_content = fields.Text(
        copy=False, readonly=True, help="What was signed, as it was at the time."
    )
    signed_hash = fields.Char(
        "Seal of the Signature",
        copy=False,
        readonly=True,
        help="SHA-256 of what was signed: number, date, parties, lines and quantities, the "
        "signature, the name and the time.",
    )
    signature_broken = fields.Boolean(
        compute="_compute_signature_broken",
        help="The note no longer says what was signed.",
    )
    cancel_reason = fields.Text(copy=False, readonly=True, tracking=True)
    show_prices = fields.Boolean("Print Prices", default=True)
    conversion_seq = fields.Integer(
        "Conversions", copy=False, readonly=True, default=0, export_string_translation=False
    )

    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name IS NOT NULL",
        "A delivery note of this company has this number already.",
    )
    _control_number_uniq = models.UniqueIndex(
        "(company_id, control_number) WHERE control_number IS NOT NULL",
        "Another delivery note of this company has this control number.",
    )
    _list_idx = models.Index("(company_id, date DESC, name DESC, id DESC)")

    # === COMPUTES ===#
    @api.depends("name", "origin", "origin_note_id.name")
    def _compute_display_name(self):
        for note in self:
            if note.name:
                note.display_name = note.name
            elif note.origin_note_id:
                note.display_name = self.env._(
                    "Draft return of %(note)s", note=note.sudo().origin_note_id.name
                )
            elif note.origin:
                note.display_name = self.env._("Draft note of %(order)s", order=note.origin)
            elif note.id:
                note.display_name = self.env._("Draft note %(number)s", number=note.id)
            else:
                note.display_name = self.env._("New")

    @api.depends("partner_id")
    def _compute_partner_addresses(self):
        for note in self:
            addresses = note.partner_id.address_get(["invoice", "delivery"])
            note.partner_invoice_id = note.partner_id and addresses["invoice"]
            note.partner_shipping_id = note.partner_id and addresses["delivery"]

    @api.depends("return_ids")
    def _compute_return_count(self):
        for note in self:
            note.return_count = len(note.return_ids)

    @api.depends("state", "note_type", "line_ids.qty_returnable")
    def _compute_is_returnable(self):
        for note in self:
            note.is_returnable = (
                note.state == "done"
                and note.note_type == "delivery"
                and any(line.qty_returnable > 0 for line in note.line_ids)
            )

    @api.depends("line_ids.order_id")
    def _compute_order_ids(self):
        for note in self:
            note.order_ids = note.line_ids.order_id

    def _search_order_ids(self, operator, value):
        return path_search("line_ids.order_id", operator, value)

    @api.depends("line_ids.order_id.name")
    def _compute_origin(self):
        for note in self:
            note.origin = ", ".join(sorted(note.line_ids.order_id.mapped("name"))) or False

    @api.depends("partner_id", "company_id")
    def _compute_pricelist_id(self):
        for note in self:
            partner = note.partner_id.with_company(note.company_id)
            note.pricelist_id = partner.property_product_pricelist

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for note in self:
            note.currency_id = note.pricelist_id.currency_id or note.company_id.currency_id

    @api.depends("partner_id", "partner_shipping_id", "company_id")
    def _compute_fiscal_position_id(self):
        FiscalPosition = self.env["account.fiscal.position"]
        for note in self:
            if note.partner_id:
                note.fiscal_position_id = FiscalPosition.with_company(
                    note.company_id
                )._get_fiscal_position(note.partner_id, note.partner_shipping_id)
            else:
                note.fiscal_position_id = False

    @api.depends(
        "line_ids.price_subtotal", "line_ids.price_total", "company_id", "currency_id", "note_type"
    )
    def _compute_amounts(self):
        for note in self:
            totals = note._crm_tax_totals()
            note.amount_untaxed = totals["base_amount_currency"]
            note.amount_tax = totals["tax_amount_currency"]
            note.amount_total = totals["total_amount_currency"]
            sign = -1 if note.note_type == "return" else 1
            note.amount_untaxed_signed = sign * note.amount_untaxed
            note.amount_total_signed = sign * note.amount_total

    @api.depends("line_ids.price_subtotal", "line_ids.price_total", "company_id", "currency_id")
    @api.depends_context("lang")
    def _compute_tax_totals(self):
        for note in self:
            note.tax_totals = note._crm_tax_totals()

    def _crm_tax_totals(self):
        AccountTax = self.env["account.tax"]
        company = self.company_id or self.env.company
        base_lines = [
            line._prepare_base_line_for_taxes_computation()
            for line in self.line_ids
            if not line.display_type
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, company)
        AccountTax._round_base_lines_tax_details(base_lines, company)
        return AccountTax._get_tax_totals_summary(
            base_lines=base_lines,
            currency=self.currency_id or company.currency_id,
            company=company,
        )

    @api.depends(
        "state",
        "line_ids.quantity",
        "line_ids.qty_returned",
        "line_ids.qty_to_invoice",
        "line_ids.qty_invoiced",
        "line_ids.sale_line_id.qty_invoiced",
    )
    def _compute_invoice_state(self):
        for note in self:
            lines = note.line_ids.filtered(lambda line: not line.display_type)
            if note.state != "done":
                note.invoice_state = "no"
            elif any(line.qty_to_invoice for line in lines):
                if note.note_type == "return":
                    untouched = not any(line.qty_invoiced for line in lines)
                else:
                    untouched = all(
                        line.qty_to_invoice >= line._crm_kept_in_order_unit() for line in lines
                    )
                note.invoice_state = "to" if untouched else "partial"
            elif any(line._crm_is_invoiced() for line in lines):
                note.invoice_state = "done"
            else:
                note.invoice_state = "no"

    @api.depends("line_ids.invoice_line_ids.move_id")
    def _compute_invoice_ids(self):
        for note in self:
            note.invoice_ids = note.line_ids.invoice_line_ids.move_id
            note.invoice_count = len(note.invoice_ids)

    @api.depends_context("uid")
    def _compute_uom_names(self):
        templates = self.env["product.template"]
        self.weight_uom_name = templates._get_weight_uom_name_from_ir_config_parameter()
        self.volume_uom_name = templates._get_volume_uom_name_from_ir_config_parameter()

    @api.depends("signed_hash", "signed_content", "name", "date", "line_ids.quantity")
    def _compute_signature_broken(self):
        for note in self:
            note.signature_broken = bool(note.signed_hash) and not note._crm_is_as_signed()

    def _compute_access_url(self):
        for note in self:
            note.access_url = f"/my/delivery-notes/{note.id}"

    # === CONSTRAINTS ===#
    @api.constrains("company_id", "partner_id", "currency_id")
    def _check_orders(self):
        self.line_ids._check_order_line()

    # === CRUD ===#
    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._crm_clean_values(vals) for vals in vals_list])

    def write(self, vals):
        vals = self._crm_clean_values(vals)
        if "control_number" in vals:
            self._crm_check_not_printed(vals["control_number"])
        if SIGNED_FIELDS & vals.keys():
            self._crm_check_not_signed()
        changed = FROZEN_FIELDS & vals.keys()
        issued = self.filtered(lambda note: note.state != "draft") if changed else self.browse()
        if issued:
            raise UserError(
                self.env._(
                    "%(notes)s cannot be changed any more (%(fields)s). Cancel the note and issue "
                    "another one.",
                    notes=", ".join(issued.mapped("display_name")),
                    fields=", ".join(
                        self._fields[name]._description_string(self.env) for name in sorted(changed)
                    ),
                )
            )
        return super().write(vals)

    def copy_data(self, default=None):
        if any(note.note_type == "return" for note in self):
            raise UserError(
                self.env._(
                    "A return is not duplicated. Open the delivery note and choose Return Goods "
                    "again."
                )
            )
        return super().copy_data(default)

    @api.model
    def _crm_clean_values(self, vals):
        if "control_number" not in vals:
            return vals
        return {**vals, "control_number": str(vals["control_number"] or "").strip() or False}

    def _crm_check_not_printed(self, control_number):
        printed = self.filtered(
            lambda note: (
                note.control_number
                and note.control_number != control_number
                and (note.printed_on or note.state == "cancel")
            )
        )
        if printed:
            raise UserError(
                self.env._(
                    "%(notes)s was printed with its control number, which cannot be changed any "
                    "more. Cancel the note and issue another one.",
                    notes=", ".join(printed.mapped("display_name")),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        numbered = self.filtered("name")
        if numbered:
            raise UserError(
                self.env._(
                    "A delivery note that has a number is never deleted: %(notes)s. Cancel it "
                    "instead; it keeps its number.",
                    notes=", ".join(numbered.mapped("name")),
                )
            )

    # === ACTIONS ===#
    def action_validate(self):
        """Issue the notes: the goods count as delivered and each note gets its number.

        Notes that are validated already stay as they are. Direct notes get an order behind them.

        :return: True
        :raise UserError: with every blocker of every note
        """
        self.check_access("write")
        self._crm_lock_with_orders()
        drafts = self.filtered(lambda note: note.state != "done")
        drafts._crm_check_ready("note")
        # The right to issue a note is the right to deliver: whoever may not open the order, as in
        # the warehouse, still updates its delivered quantity.
        drafts.sudo()._crm_validate()
        return True

    def action_sign(self):
        """Return the action in which the customer signs the note on this screen.

        :raise UserError: if the note is not validated, or signed already
        """
        self.ensure_one()
        self.check_access("write")
        self._crm_check_ready("sign")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign"),
            "res_model": "crm.delivery.note.sign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_note_id": self.id},
        }

    def action_cancel(self, reason=None):
        """Cancel the notes; a number stays used. Orders made for direct notes go with them.

        :param str reason: is kept with the notes; without one, signed notes are not cancelled
        :return: True, or the action that asks for the reason
        :raise UserError: with every blocker of every note
        """
        self.check_access("write")
        self._crm_lock_with_orders()
        notes = self.filtered(lambda note: note.state != "cancel")
        notes._crm_check_ready("cancel")
        reason = (reason or "").strip()
        if notes.filtered("signed_on") and not reason:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Cancel Signed Delivery Notes"),
                "res_model": "crm.delivery.note.cancel",
                "view_mode": "form",
                "target": "new",
                "context": {"default_note_ids": [Command.set(self.ids)]},
            }
        if reason:
            notes.sudo().cancel_reason = reason
        notes.sudo()._crm_cancel()
        return True

    def action_return(self):
        """Prepare a draft return of what each note delivered and has not come back yet.

        :return: the action that opens the returns: the open draft of a note if there is one, its
            validated returns if everything came back
        :raise UserError: with every blocker of every note
        """
        self.check_access("write")
        self._crm_lock_with_orders()
        self._crm_check_ready("return")
        notes = self.sudo()
        drafts = notes.return_ids.filtered(lambda note: note.state == "draft")
        to_create = (notes - drafts.origin_note_id).filtered("is_returnable")
        complete = notes - drafts.origin_note_id - to_create
        returns = drafts | complete.return_ids.filtered(lambda note: note.state == "done")
        # whoever delivers makes no notes, but takes back what comes back
        returns |= to_create._crm_create_returns()
        return returns.with_env(self.env)._crm_open()

    def action_create_invoice(self):
        """Invoice what the notes delivered and is not invoiced yet: one draft invoice a note.

        ``crm_invoice_grouping`` in the context puts several notes on one invoice: ``"customer"``,
        or ``"address"`` to keep delivery addresses apart.

        :return: the action that opens the invoices; for a note that was invoiced before, its
            latest invoice
        :raise UserError: with every blocker of every note
        """
        self.check_access("read")
        orders = self.order_ids
        if not self.env["account.move"].has_access("create"):
            orders.check_access("write")
        self._crm_lock_with_orders()
        self._crm_check_ready("invoice")
        to_invoice = self.filtered(lambda note: note.invoice_state in ("to", "partial"))
        invoices = (self - to_invoice)._crm_latest_invoices()
        if to_invoice:
            invoices |= to_invoice.order_ids.with_context(
                crm_note_ids=to_invoice.ids
            )._create_invoices(grouped=True, final=True)
        return invoices._crm_open()

    def action_print(self):
        """Return the action that prints the notes."""
        return self.env.ref("crm_sales_docs.action_report_crm_delivery_note").report_action(self)

    def action_view_returns(self):
        """Return the action that opens the returns of these notes."""
        return self.return_ids._crm_open()

    def action_view_origin_note(self):
        """Return the action that opens the delivery notes whose goods these returns take back."""
        return self.origin_note_id._crm_open()

    def action_view_orders(self):
        """Return the action that opens the orders of these notes."""
        return self.order_ids._get_records_action(
            name=self.env._("Orders"), context={"create": False}
        )

    def action_view_invoices(self):
        """Return the action that opens every invoice and credit note of these notes."""
        return self.invoice_ids._crm_open()

    # === BUSINESS ===#
    def _crm_open(self):
        """Return the action that opens these notes."""
        return self._get_records_action(
            name=self.env._("Delivery Notes"), context={"create": False}
        )

    def _crm_lock_with_orders(self):
        # orders first, as when an order is converted
        self.sudo().order_ids._crm_lock()
        self._crm_lock()

    def _crm_latest_invoices(self):
        """Return the newest invoice of each note that is not cancelled."""
        invoices = self.env["account.move"]
        for note in self:
            if note.note_type == "return":
                # or the invoice that the return was deducted from
                own = note.invoice_ids
                invoices |= own._crm_latest("out_refund") or own._crm_latest()
                continue
            # goods invoiced before they were delivered have no invoice of the note itself
            own = note.invoice_ids or note.order_ids.invoice_ids
            if len(note.order_ids) > 1:
                # orders that one invoice cannot mix have one each
                for order in note.order_ids:
                    invoices |= (own & order.invoice_ids)._crm_latest()
            else:
                invoices |= own._crm_latest()
        return invoices

    def _crm_convert(self, target, grouping):
        """Convert the notes as the buttons do; return the action that opens the result."""
        return self.with_context(crm_invoice_grouping=grouping).action_create_invoice()

    def _crm_preview_invoices(self, grouping):
        """Return the values of a preview line for each invoice that these notes would become."""
        to_invoice = self.filtered(lambda note: note.invoice_state in ("to", "partial"))
        orders = to_invoice.order_ids
        parts = orders._crm_invoice_parts(grouping, crm_note_ids=to_invoice.ids)
        return orders._crm_preview_lines(parts, "note_ids", grouping)

    def _crm_converted(self, target):
        """Return ``{note id: invoice id}`` of what the notes were converted to."""
        notes = self.sudo()
        notes.invoice_ids.fetch(["move_type", "state"])
        return {note.id: note._crm_latest_invoices().id for note in notes}

    def _crm_billed_partner(self):
        """Return who gets the invoice: notes of two of them never share one."""
        self.ensure_one()
        return self.order_ids[:1].partner_invoice_id or self.partner_invoice_id

    def _crm_invoice_order(self):
        """Return what sorts the documents of one invoice: returns after deliveries."""
        self.ensure_one()
        return (self.note_type, self.date, self.name, self.id)

    def _crm_invoice_heading(self, with_place):
        """Return the heading of this note's lines on an invoice of several."""
        self.ensure_one()
        parts = [
            self._crm_title(self.name),
            format_date(self.env, self.date, lang_code=self.env.lang),
        ]
        if with_place:
            parts.append(self.partner_shipping_id.display_name)
        return " — ".join(parts)

    def _crm_validate(self):
        lines = self.line_ids
        lines.filtered(lambda line: not line.display_type and not line.quantity).unlink()
        self._crm_drop_empty_sections()
        self._crm_create_orders()
        self.line_ids.sale_line_id._crm_switch_to_delivery_notes()
        self._crm_hand_over()
        self.write({"state": "done"})
        self._crm_change_ordered(-1)
        # every quantity of the orders is settled before the numbers are taken: the lock on the
        # series lasts until the end of the transaction
        self.env.flush_all()
        self._crm_set_numbers()

    def _crm_hand_over(self):
        """Do what handing over the goods takes elsewhere; to be extended. The notes are drafts."""

    def _crm_cancel(self):
        drafts = self.return_ids.filtered(lambda note: note.state == "draft")
        issued = self.filtered(lambda note: note.state == "done")
        # an order cannot order less than what is delivered
        issued._crm_change_ordered(1)
        (self | drafts).write({"state": "cancel"})
        own_orders = self.order_ids.filtered(
            lambda order: order.crm_delivery_note_origin_id in self and order.state == "sale"
        )
        if own_orders:
            own_orders._action_cancel()

    def _crm_change_ordered(self, sign):
        """Let the orders order less of what these returns took back, or as much as before.

        Not where the goods are delivered again, and not for a part of a combo, whose quantity
        follows from the whole.
        """
        lines = self.filtered(
            lambda note: note.note_type == "return" and not note.deliver_again
        ).line_ids.filtered(lambda line: line.sale_line_id and not line.sale_line_id.combo_item_id)
        for order_line, returned in lines.grouped("sale_line_id").items():
            unit = order_line.product_uom_id
            # the total of returns is negative
            change = -sign * returned._crm_total_quantity(unit)
            locked = order_line.order_id.filtered("locked")
            locked.locked = False
            order_line.write(
                {
                    "product_uom_qty": order_line._crm_ordered_after(change),
                    # as agreed: a price list may ask more for a smaller quantity
                    "price_unit": order_line.price_unit,
                    "technical_price_unit": order_line.technical_price_unit,
                    "discount": order_line.discount,
                }
            )
            locked.locked = True

    def _crm_create_returns(self):
        """Create a draft return of each note."""
        returns = self.create([note._prepare_return_vals() for note in self]) if self else self
        returns._crm_drop_empty_sections()
        return returns

    def _prepare_return_vals(self):
        """Return the values of a draft return of all that may still come back."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.display_type or line.qty_returnable > 0)
        return {
            "note_type": "return",
            "origin_note_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "user_id": self.user_id.id,
            "pricelist_id": self.pricelist_id.id,
            "currency_id": self.currency_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "client_order_ref": self.client_order_ref,
            "reason": self.reason,
            "show_prices": self.show_prices,
            "line_ids": [
                Command.create({**line._prepare_return_line_vals(), "sequence": sequence})
                for sequence, line in enumerate(lines.sorted(), 1)
            ],
        }

    def _crm_drop_empty_sections(self):
        empty = self.env["crm.delivery.note.line"]
        for note in self:
            pending = self.env["crm.delivery.note.line"]
            for line in note.line_ids.sorted():
                if line.display_type == "line_section":
                    empty |= pending
                    pending = line
                elif line.display_type == "line_subsection":
                    empty |= pending.filtered(lambda p: p.display_type == "line_subsection")
                    pending = pending.filtered(lambda p: p.display_type == "line_section") | line
                elif not line.display_type:
                    pending = self.env["crm.delivery.note.line"]
            empty |= pending
        empty.unlink()

    def _crm_create_orders(self):
        """Give every line without an order one: a confirmed order behind each direct note."""
        direct_lines = self.line_ids.filtered(
            lambda line: not line.display_type and not line.sale_line_id
        )
        for company, lines in direct_lines.grouped("company_id").items():
            notes = lines.note_id
            orders = (
                self.env["sale.order"]
                .with_company(company)
                .create([note._prepare_order_vals() for note in notes])
            )
            # before anything else adds lines to the orders
            for note, order in zip(notes, orders, strict=True):
                note_lines = (lines & note.line_ids).sorted()
                for note_line, order_line in zip(
                    note_lines, order.order_line.sorted(), strict=True
                ):
                    note_line.sale_line_id = order_line
            orders.with_context(send_email=False).action_confirm()

    def _prepare_order_vals(self):
        self.ensure_one()
        lines = self.line_ids.sorted().filtered(
            lambda line: not line.display_type and not line.sale_line_id
        )
        return {
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "company_id": self.company_id.id,
            "user_id": self.user_id.id,
            "pricelist_id": self.pricelist_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "client_order_ref": self.client_order_ref,
            "crm_delivery_note_origin_id": self.id,
            "order_line": [
                Command.create(line._prepare_order_line_vals(sequence))
                for sequence, line in enumerate(lines, 1)
            ],
        }

    # === BLOCKERS ===#
    def _crm_conversion_blockers(self, target):
        notes = self.sudo()
        blockers = super()._crm_conversion_blockers(target) + notes._crm_partner_blockers()
        if target == "note":
            return blockers + notes._crm_validation_blockers()
        if target == "cancel":
            return notes._crm_cancellation_blockers()
        if target == "return":
            return notes._crm_return_blockers()
        if target == "sign":
            return notes._crm_signature_blockers()
        for note in notes:
            if note.state == "cancel":
                blockers.append(note._crm_cancelled_blocker())
            elif note.state == "draft":
                blockers.append(
                    {
                        "code": "not_validated",
                        "message": self.env._(
                            "%(note)s is not validated. Validate it before you invoice it.",
                            note=note.display_name,
                        ),
                    }
                )
            elif note.invoice_state == "no" and note.note_type == "return":
                blockers.append(
                    {
                        "code": "nothing_to_credit",
                        "message": self.env._(
                            "%(note)s has nothing to credit: what came back was not invoiced, or "
                            "the order still orders it. Check the quantities of %(orders)s.",
                            note=note.display_name,
                            orders=note.origin or "–",
                        ),
                    }
                )
            elif note.invoice_state == "no":
                blockers.append(
                    {
                        "code": "nothing_to_invoice",
                        "message": self.env._(
                            "%(note)s has nothing to invoice. Check the quantities of its orders: "
                            "%(orders)s.",
                            note=note.display_name,
                            orders=note.origin or "–",
                        ),
                    }
                )
        to_invoice = notes.line_ids.filtered("qty_to_invoice").sale_line_id
        return blockers + notes._crm_accounting_blockers(to_invoice)

    def _crm_validation_blockers(self):
        blockers = []
        # the lines of all notes at once: what is read for one is read for all
        lines = self.line_ids.filtered(lambda line: not line.display_type and line.quantity)
        with_lines = lines.note_id
        for note in self:
            if note.state == "cancel":
                blockers.append(note._crm_cancelled_blocker())
            elif note not in with_lines:
                blockers.append(
                    {
                        "code": "nothing_to_deliver",
                        "message": self.env._(
                            "%(note)s has nothing to deliver. Add a line with a quantity.",
                            note=note.display_name,
                        ),
                    }
                )
        for line in lines:
            blockers += line._crm_validation_blockers()
        returns = self.filtered(lambda note: note.note_type == "return")
        return (
            blockers
            + (self - returns)._crm_over_delivery_blockers()
            + returns._crm_over_return_blockers()
        )

    def _crm_return_blockers(self):
        """Return why the goods of these notes cannot be taken back."""
        blockers = []
        for note in self:
            if note.state == "cancel":
                blockers.append(note._crm_cancelled_blocker())
            elif note.note_type == "return":
                blockers.append(
                    {
                        "code": "return_of_return",
                        "message": self.env._(
                            "%(note)s is a return itself. To deliver its goods again, make a new "
                            "delivery note of %(orders)s, whose ordered quantity you may have to "
                            "raise first.",
                            note=note.display_name,
                            orders=note.origin or "–",
                        ),
                    }
                )
            elif note.state == "draft":
                blockers.append(
                    {
                        "code": "not_validated",
                        "message": self.env._(
                            "%(note)s is not validated: nothing was delivered that could come "
                            "back. Change its quantities instead.",
                            note=note.display_name,
                        ),
                    }
                )
        return blockers

    def _crm_over_return_blockers(self):
        """Return a blocker for each line of which more would come back than was delivered."""
        blockers = []
        for note in self:
            origin = note.origin_note_id
            if origin.state != "done":
                blockers.append(
                    {
                        "code": "origin_cancelled",
                        "message": self.env._(
                            "%(note)s: the delivery note %(origin)s is cancelled. Its goods cannot "
                            "come back.",
                            note=note.display_name,
                            origin=origin.display_name,
                        ),
                    }
                )
            elif note.date < origin.date:
                blockers.append(
                    {
                        "code": "return_before_delivery",
                        "message": self.env._(
                            "%(note)s: goods cannot come back before they were delivered on "
                            "%(date)s. Correct the date.",
                            note=note.display_name,
                            date=format_date(self.env, origin.date),
                        ),
                    }
                )
        lines = self.line_ids.filtered(lambda line: line.origin_line_id and line.quantity)
        for origin_line, returned in lines.grouped("origin_line_id").items():
            unit = origin_line.product_uom_id
            issued = origin_line.return_line_ids.filtered(lambda line: line.state == "done")
            before = abs(issued._crm_total_quantity(unit))
            total = abs((issued | returned)._crm_total_quantity(unit))
            if unit.compare(total, origin_line.quantity) <= 0:
                continue
            blockers.append(
                {
                    "code": "over_return",
                    "message": self.env._(
                        "%(note)s: %(total)s of %(product)s would come back in all, but %(origin)s "
                        "delivered %(delivered)s and %(before)s came back already. Lower the "
                        "quantity.",
                        note=", ".join(returned.note_id.mapped("display_name")),
                        total=f"{total:g}",
                        product=origin_line.product_id.display_name,
                        origin=origin_line.note_id.display_name,
                        delivered=f"{origin_line.quantity:g}",
                        before=f"{before:g}",
                    ),
                }
            )
        return blockers

    def _crm_cancellation_blockers(self):
        """Return why these notes cannot be cancelled."""
        blockers = []
        for note in self:
            returns = note.return_ids.filtered(lambda note: note.state == "done") - self
            if note.signed_on and not self.env.user.has_group("sales_team.group_sale_manager"):
                blockers.append(
                    {
                        "code": "signed",
                        "message": self.env._(
                            "%(note)s is signed by %(name)s. Only a sales manager cancels it, with "
                            "a reason.",
                            note=note.display_name,
                            name=note.signed_by,
                        ),
                    }
                )
            if any(line.qty_invoiced for line in note.line_ids):
                blockers.append(note._crm_invoiced_blocker())
            if returns:
                blockers.append(
                    {
                        "code": "returned",
                        "message": self.env._(
                            "Goods of %(note)s came back by %(returns)s. Cancel the return first.",
                            note=note.display_name,
                            returns=", ".join(returns.mapped("display_name")),
                        ),
                    }
                )
        returns = self.filtered(lambda note: note.note_type == "return" and note.state == "done")
        # what the deliveries of the same call no longer deliver may be delivered by the others
        returns = returns.filtered(lambda note: note.origin_note_id not in self)
        return blockers + returns._crm_redelivered_blockers()

    def _crm_invoiced_blocker(self):
        invoices = self.invoice_ids.filtered(lambda move: move.state != "cancel")
        return {
            "code": "invoiced",
            "message": self.env._(
                "%(note)s is invoiced on %(invoices)s. Cancel the invoice or make a credit "
                "note first.",
                note=self.display_name,
                invoices=", ".join(invoices.mapped("display_name")),
            ),
        }

    def _crm_redelivered_blockers(self):
        """Return a blocker for each order line that is delivered in full without these returns."""
        blockers = []
        for order_line, lines in self.line_ids.grouped("sale_line_id").items():
            unit = order_line.product_uom_id
            kept = lines.filtered(
                lambda line: line.note_id.deliver_again or line.sale_line_id.combo_item_id
            )
            ordered = order_line.product_uom_qty - (lines - kept)._crm_total_quantity(unit)
            delivered = order_line.qty_delivered - lines._crm_total_quantity(unit)
            if order_line and unit.compare(delivered, ordered) > 0:
                blockers.append(
                    {
                        "code": "delivered_again",
                        "message": self.env._(
                            "%(note)s: what came back of %(product)s was delivered again. Cancel "
                            "that delivery note first.",
                            note=", ".join(lines.note_id.mapped("display_name")),
                            product=order_line.product_id.display_name,
                        ),
                    }
                )
        return blockers

    def _crm_cancelled_blocker(self):
        return {
            "code": "cancelled",
            "message": self.env._(
                "%(note)s is cancelled. Duplicate it to deliver again.", note=self.display_name
            ),
        }

    def _crm_over_delivery_blockers(self):
        """Return a blocker for each order line that these notes would deliver too much of."""
        blockers = []
        by_order_line = defaultdict(lambda: self.env["crm.delivery.note.line"])
        for line in self.line_ids:
            if line.sale_line_id and line.quantity and not line._crm_has_left():
                by_order_line[line.sale_line_id] |= line
        for order_line, lines in by_order_line.items():
            unit = order_line.product_uom_id
            if order_line.qty_delivered_method == "delivery_note":
                # all notes at once: rounded one by one, seven pieces are more than 0.58 dozen
                issued = order_line.crm_delivery_note_line_ids.filtered(
                    lambda line: line.state == "done"
                )
                total = order_line.crm_note_opening_qty
                total += (issued | lines)._crm_total_quantity(unit)
            else:
                total = order_line.qty_delivered + lines._crm_total_quantity(unit)
            if unit.compare(total, order_line.product_uom_qty) <= 0:
                continue
            blockers.append(
                {
                    "code": "over_delivery",
                    "message": self.env._(
                        "%(note)s: %(total)s of %(product)s would be delivered in all, but "
                        "%(order)s orders %(ordered)s and %(delivered)s are delivered already. "
                        "Lower the quantity or raise it on the order.",
                        note=", ".join(lines.note_id.mapped("display_name")),
                        product=order_line.product_id.display_name,
                        total=f"{total:g}",
                        order=order_line.order_id.name,
                        ordered=f"{order_line.product_uom_qty:g}",
                        delivered=f"{order_line.qty_delivered:g}",
                    ),
                }
            )
        return blockers

    # === SIGNATURE ===#
    def _crm_signature_blockers(self):
        """Return why these notes cannot be signed."""
        blockers = []
        for note in self:
            if note.state != "done":
                blockers.append(
                    {
                        "code": "not_validated",
                        "message": self.env._(
                            "%(note)s cannot be signed: only a validated note is.",
                            note=note.display_name,
                        ),
                    }
                )
            elif note.signed_on:
                blockers.append(
                    {
                        "code": "signed",
                        "message": self.env._(
                            "%(note)s was signed by %(name)s on %(date)s. It is not signed twice.",
                            note=note.display_name,
                            name=note.signed_by,
                            date=format_datetime(self.env, note.signed_on),
                        ),
                    }
                )
        return blockers

    def _crm_check_not_signed(self):
        if any(note.signed_hash for note in self):
            self._crm_check_ready("sign")
            raise UserError(self.env._("A signature cannot be changed."))

    def _crm_sign(self, signed_by, signature, identification=None, ip=None, author_id=None):
        """Seal the note with the signature of who received the goods.

        :param str signed_by: name of the person
        :param signature: base64 of the drawn image
        :param author_id: the partner who signs, where it is not the user
        :raise UserError: if the note is not validated, signed already, or something is missing
        """
        self.ensure_one()
        self._crm_lock()
        self.invalidate_recordset()
        self._crm_check_ready("sign")
        signed_by = " ".join((signed_by or "").split())[:128]
        if not signed_by:
            raise UserError(self.env._("Write the name of the person who signs."))
        self.signature = self._crm_checked_signature(signature)
        # as it is kept, which may be smaller than it was drawn
        self.flush_recordset(["signature"])
        self.invalidate_recordset(["signature"])
        picture = self.with_context(bin_size=False).signature
        now = fields.Datetime.now()
        content = {
            **self._crm_signed_document(),
            "company": self._crm_signed_party(self.company_id.partner_id),
            "customer": self._crm_signed_party(self.partner_id),
            "delivery_place": self._crm_signed_party(self.partner_shipping_id),
            "signed_by": signed_by,
            "identification": (identification or "").strip(),
            "signed_on": fields.Datetime.to_string(now),
            "signature": hashlib.sha256(picture).hexdigest(),
        }
        content = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
        self.write(
            {
                "signed_by": signed_by,
                "signed_identification": (identification or "").strip() or False,
                "signed_on": now,
                "signed_ip": ip,
                "signed_content": content,
                "signed_hash": hashlib.sha256(content.encode()).hexdigest(),
            }
        )
        self.message_post(
            body=self.env._("Signed by %(name)s.", name=signed_by),
            author_id=author_id or self.env.user.partner_id.id,
        )

    def _crm_checked_signature(self, signature):
        """Return the signature if it is a picture."""
        try:
            data = base64.b64decode(signature or b"", validate=True)
            picture = (
                bool(data)
                and len(data) <= MAX_SIGNATURE
                and image_process(data, verify_resolution=True)
            )
        except (ValueError, UserError):
            picture = False
        if not picture:
            raise UserError(
                self.env._("The signature is missing or is not a picture. Draw it again.")
            )
        return signature

    def _crm_signed_document(self):
        """Return the part of what is signed that this note holds itself."""
        self.ensure_one()
        lines = self.with_context(lang="en_US").line_ids.filtered(
            lambda line: not line.display_type
        )
        return {
            "number": self.name,
            "type": self.note_type,
            "date": fields.Date.to_string(self.date),
            "lines": [
                {
                    "product": line.product_id.id,
                    "description": line.name or "",
                    "quantity": repr(line.quantity),
                    "lots": line.lot_text or "",
                    "unit": line.product_uom_id.id,
                }
                for line in lines.sorted()
            ],
        }

    @api.model
    def _crm_signed_party(self, partner):
        return {
            "id": partner.id,
            "name": partner.name or partner.commercial_partner_id.name or "",
            "tax_id": partner.commercial_partner_id.vat or "",
            "address": partner._display_address(without_company=True).strip(),
        }

    def _crm_is_as_signed(self):
        """Tell whether the note still says what was signed."""
        self.ensure_one()
        content = self.signed_content or ""
        if hashlib.sha256(content.encode()).hexdigest() != self.signed_hash:
            return False
        signed = json.loads(content)
        document = self._crm_signed_document()
        signature = hashlib.sha256(self.with_context(bin_size=False).signature or b"").hexdigest()
        return {**document, "signature": signature} == {
            name: signed.get(name) for name in [*document, "signature"]
        }

    def _crm_line_summary(self):
        """Return what is delivered, one line each: quantity, unit, product."""
        return "\n".join(
            f"{line.quantity:g} {line.product_uom_id.name}  {line.product_id.display_name}"
            for line in self.line_ids.sorted()
            if not line.display_type
        )

    # === NUMBERS ===#
    def _get_last_sequence_domain(self, relaxed=False):
        return (
            (
                "WHERE company_id = %(company_id)s AND note_type = %(note_type)s"
                " AND sequence_prefix = %(prefix)s AND name IS NOT NULL"
            ),
            {
                "company_id": self.company_id.id,
                "note_type": self.note_type,
                "prefix": self._get_starting_sequence().rstrip("0"),
            },
        )

    def _get_starting_sequence(self):
        return self.env["crm.delivery.series"]._crm_zero(
            self.company_id.id, self.note_type, self.date
        )

    @api.model
    def _deduce_sequence_number_reset(self, name):
        return "year" if "/" in name else "never"

    def _get_next_sequence_format(self):
        number_format, values = super()._get_next_sequence_format()
        if not values["seq"]:
            series = (
                self.env["crm.delivery.series"]
                .sudo()
                .search(
                    [("company_id", "=", self.company_id.id), ("note_type", "=", self.note_type)]
                )
            )
            values["seq"] = series._crm_first_number() - 1
        return number_format, values

    def _crm_set_numbers(self):
        """Give each note the next number of its series, without a gap.

        The first number of a series locks it in the unique index; the others of the same call
        follow from it without asking the database again.
        """
        unnumbered = self.filtered(lambda note: not note.name)
        series = unnumbered.grouped(
            lambda note: (note.company_id.id, note.note_type, note._get_starting_sequence())
        )
        # in the same order for everybody: two calls with notes of two series wait, never block
        for _key, notes in sorted(series.items(), key=lambda entry: entry[0]):
            number_format, values = notes[0]._get_next_sequence_format()
            for note in notes.with_context(clear_sequence_mixin_cache=False):
                note.name = note._locked_increment(number_format, dict(values))

    def _crm_mark_printed(self):
        """Remember that these notes went out on paper: the next print is a copy."""
        first = self.sudo().filtered(lambda note: note.state == "done" and not note.printed_on)
        if first:
            first.write({"printed_on": fields.Datetime.now()})

    def _crm_prices_visible(self):
        """Tell whether the printed note shows prices to whoever prints it."""
        return self.show_prices and self._has_field_access(self._fields["amount_total"], "read")

    def _crm_report_lang(self):
        """Return the language that the customer reads."""
        return self.partner_id.lang or self.env.lang

    def _crm_customer_products(self):
        """Return ``{line id: row}``: what the customer calls the products of the lines."""
        self.ensure_one()
        lines = self.line_ids.filtered("product_id")
        return customer_codes({self.partner_id: lines}, self.company_id, self.date)

    def _crm_report_name(self):
        """Return the file name of the printed note."""
        note = self.with_context(lang=self._crm_report_lang())
        return note._crm_title(note.name or str(note.id))

    def _crm_title(self, number):
        """Return what the paper is called, with its number, in the language of the environment."""
        self.ensure_one()
        if self.note_type == "return":
            return self.env._("Return %(note)s", note=number)
        title = self.sudo().company_id.crm_delivery_title
        if title == "order":
            return self.env._("Delivery Order %(note)s", note=number)
        if title == "dispatch":
            return self.env._("Dispatch Guide %(note)s", note=number)
        if title == "albaran":
            return self.env._("Albarán %(note)s", note=number)
        if title == "remito":
            return self.env._("Remito %(note)s", note=number)
        return self.env._("Delivery Note %(note)s", note=number)

    def _crm_copy_mark(self):
        """Return what tells the paper that counts from the others: the first print of an issued
        note is the original. Drafts are neither.
        """
        self.ensure_one()
        if self.state == "draft":
            return self.env._("DRAFT")
        if self.state == "done" and not self.printed_on and not self.env.context.get("crm_copy"):
            return self.env._("ORIGINAL")
        return self.env._("COPY")

    def _get_report_base_filename(self):
        self.ensure_one()
        return self._crm_report_name()

    def _crm_timeline_fields(self):
        return super()._crm_timeline_fields() | {
            "client_order_ref",
            "company_id",
            "create_date",
            "date",
            "name",
            "note_type",
            "origin",
            "partner_id",
            "state",
            "user_id",
        }

    def _crm_timeline_values(self):
        # Without the amount: whoever delivers sees no prices.
        return super()._crm_timeline_values() | {
            note.id: {
                "kind": note.note_type,
                "date": self._crm_timeline_moment(note.date, note.create_date),
                "partners": note.partner_id,
                "title": " · ".join(
                    filter(None, (note.name or note.origin, note.client_order_ref))
                ),
                "state": note.state,
                "user_id": note.user_id.id,
                "company_id": note.company_id.id,
            }
            for note in self
        }
