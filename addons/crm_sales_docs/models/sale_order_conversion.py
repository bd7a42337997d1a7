# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from markupsafe import Markup

from odoo import api, models
from odoo.fields import Command
from odoo.tools import format_date

# how invoices are grouped, in the context as ``crm_invoice_grouping``
MERGED = ("address", "customer")
# how many documents of an invoice a preview names
NAMES_SHOWN = 2


class InvoicePreview:
    """Takes the values of the invoices that a conversion would make, instead of making them.

    ``parts`` is a list of ``(documents, values)``.
    """

    def __init__(self):
        self.parts = []


class SaleOrder(models.Model):
    """Which invoices a conversion makes of the lines that it chose.

    ``crm_invoice_grouping`` in the context: ``"document"``, as without it: one for each delivery
    note or order. ``"customer"``: as few as possible, which is one for each customer unless
    currency, taxes or terms differ. ``"address"``: the same, for each delivery address.
    """

    _inherit = "sale.order"

    def _create_account_invoices(self, invoice_vals_list, final):
        notes = self._crm_notes_to_invoice()
        grouping = self.env.context.get("crm_invoice_grouping")
        preview = self.env.context.get("crm_invoice_preview")
        if not notes and not preview and grouping not in MERGED:
            return super()._create_account_invoices(invoice_vals_list, final)
        if notes:
            parts = self._crm_split_by_note(invoice_vals_list, notes)
        else:
            parts = self._crm_split_by_order(invoice_vals_list)
        if grouping in MERGED:
            parts = self._crm_merge(parts, self._crm_merge_keys(grouping))
        if preview:
            self._crm_settle([values for _documents, values in parts], final)
            preview.parts += parts
            return self.env["account.move"]
        # They have chosen the lines. In the context of all that an invoice makes, Odoo would
        # keep environments of its own for each note.
        orders = self.with_context(crm_note_ids=None, crm_invoice_grouping=None)
        return super(SaleOrder, orders)._create_account_invoices(
            [values for _documents, values in parts], final
        )

    # === CONVERSION ===#
    def _crm_lock_with_orders(self):
        self._crm_lock()

    def _crm_convert(self, target, grouping):
        """Convert the orders as the buttons do; return the action that opens the result."""
        if target == "note":
            return self.action_crm_create_delivery_note()
        return self.with_context(crm_invoice_grouping=grouping).action_crm_create_invoice()

    def _crm_converted(self, target):
        """Return ``{order id: id}`` of the note or invoice that the orders were converted to."""
        orders = self.sudo()
        if target == "invoice":
            return {order.id: order.invoice_ids._crm_latest().id for order in orders}
        return {
            order.id: (order._crm_notes("draft") or order._crm_notes("done"))[:1].id
            for order in orders
        }

    def _crm_billed_partner(self):
        """Return who gets the invoice: orders of two of them never share one."""
        self.ensure_one()
        return self.partner_invoice_id

    # === PREVIEW ===#
    def _crm_preview_invoices(self, grouping):
        """Return the values of a preview line for each invoice that these orders would become.

        What must be confirmed or delivered first is invoiced as it is ordered.
        """
        waiting = self.filtered(
            lambda order: order.state != "sale" or order._crm_waits_for_first_delivery()
        )
        to_invoice = (self - waiting).filtered(lambda order: order._crm_has_to_invoice())
        parts = to_invoice._crm_invoice_parts("document", crm_conversion=True)
        parts += [(order, order._crm_expected_values()) for order in waiting]
        if grouping in MERGED:
            parts = self._crm_merge(parts, self._crm_merge_keys(grouping))
        return self._crm_preview_lines(parts, "order_ids", grouping)

    def _crm_invoice_parts(self, grouping, **context):
        """Return ``[(documents, values)]`` of the invoices that a conversion of these orders
        would make. They are prepared as the invoices themselves, but not made.
        """
        preview = InvoicePreview()
        if self:
            self.with_context(
                crm_invoice_preview=preview,
                crm_invoice_grouping=grouping,
                raise_if_nothing_to_invoice=False,
                **context,
            )._create_invoices(grouped=True, final=True)
        return preview.parts

    def _crm_expected_values(self):
        """Return the values of an invoice of all that is ordered and not invoiced."""
        self.ensure_one()
        order = self.with_company(self.company_id)
        lines = order.order_line.filtered(
            lambda line: (
                not line.display_type
                and not line.is_downpayment
                and line.product_type != "combo"
                and line.product_uom_qty > line.qty_invoiced
            )
        )
        return {
            **order._prepare_invoice(),
            "invoice_line_ids": [
                Command.create(
                    line._prepare_invoice_line(quantity=line.product_uom_qty - line.qty_invoiced)
                )
                for line in lines
            ],
        }

    @api.model
    def _crm_preview_lines(self, parts, field, grouping):
        """Return the values of a preview line for each of these parts.

        :param str field: of the preview line, for the documents of an invoice
        """
        apart = self._crm_why_apart(parts, grouping)
        result = []
        for index, (documents, values) in enumerate(parts):
            untaxed, total = self._crm_values_totals(values)
            kinds = [vals["display_type"] for _command, _id, vals in values["invoice_line_ids"]]
            result.append(
                {
                    "kind": "refund" if total < 0 else "invoice",
                    "partner_id": values["partner_id"],
                    "company_id": values["company_id"],
                    "currency_id": values["currency_id"],
                    "documents": self._crm_names(documents),
                    "document_count": len(documents),
                    "line_count": kinds.count("product"),
                    "amount_untaxed": untaxed,
                    "amount_total": total,
                    "apart": apart.get(index),
                    field: [Command.set(documents.ids)],
                }
            )
        return result

    @api.model
    def _crm_names(self, documents):
        """Return the names of the first of these documents, and how many more there are."""
        names = ", ".join(documents[:NAMES_SHOWN].mapped("display_name"))
        more = len(documents) - NAMES_SHOWN
        if more <= 0:
            return names
        return self.env._("%(names)s and %(count)s more", names=names, count=more)

    @api.model
    def _crm_why_apart(self, parts, grouping):
        """Return ``{index: text}`` of the parts that share their customer with others: what each
        has that these have not.
        """
        if grouping not in MERGED:
            return {}
        keys = [key for key in self._crm_merge_keys(grouping) if key != "partner_id"]
        of_customer = defaultdict(list)
        for index, (_documents, values) in enumerate(parts):
            of_customer[values["partner_id"]].append((index, values))
        result = {}
        for together in of_customer.values():
            if len(together) == 1:
                continue
            differing = [
                key
                for key in keys
                if len({values.get(key) or 0 for _index, values in together}) > 1
            ]
            result.update(
                (index, self._crm_what_differs(values, differing)) for index, values in together
            )
        return result

    @api.model
    def _crm_what_differs(self, values, keys):
        """Return the labels and values of these keys of an invoice."""
        if not keys:
            return self.env._("More comes back than is invoiced")
        Move = self.env["account.move"]
        texts = []
        for key in keys:
            field = Move._fields[key]
            record = self.env[field.comodel_name].sudo().browse(values.get(key) or ())
            label = field._description_string(self.env)
            texts.append(f"{label}: {record.display_name or self.env._('none')}")
        return ", ".join(texts)

    def _crm_preview_notes(self):
        """Return the values of a preview line for each delivery note that would be made."""
        result = []
        for order in self:
            lines = order._crm_lines_to_deliver()
            if not lines or order._crm_notes("draft"):
                continue
            amount = sum(line._crm_qty_to_deliver() * line.price_reduce_taxexcl for line in lines)
            result.append(
                {
                    "kind": "note",
                    "partner_id": order.partner_id.id,
                    "company_id": order.company_id.id,
                    "currency_id": order.currency_id.id,
                    "documents": order.name,
                    "document_count": 1,
                    "line_count": len(lines),
                    "amount_untaxed": order.currency_id.round(amount),
                    "order_ids": [Command.set(order.ids)],
                }
            )
        return result

    # === PARTS: WHAT ONE DOCUMENT INVOICES ===#
    def _crm_split_by_note(self, invoice_vals_list, notes):
        """Return ``[(note, invoice values)]`` from core's values per order.

        A note that delivers several orders gets one invoice with the lines of all of them, unless
        these may not be on one invoice.
        """
        NoteLine = self.env["crm.delivery.note.line"].sudo()
        deliveries = set(notes.sudo().filtered(lambda note: note.note_type == "delivery").ids)
        keys = self._crm_merge_keys("customer")
        parts = {}
        for invoice_vals in invoice_vals_list:
            key = self._crm_merge_key(invoice_vals, keys)
            lines = [command[2] for command in invoice_vals["invoice_line_ids"]]
            note_ids = [
                vals.pop("crm_delivery_note_id", None)
                or NoteLine.browse(vals.get("crm_delivery_note_line_id")).note_id.id
                for vals in lines
            ]
            own_notes = sorted({note_id for note_id in note_ids if note_id})
            last = max(own_notes, key=lambda note_id: (note_id in deliveries, note_id), default=0)
            for note_id in own_notes:
                kept = self._crm_lines_of_note(lines, note_ids, note_id, note_id == last)
                if (note_id, key) in parts:
                    parts[note_id, key]["invoice_line_ids"] += kept
                else:
                    parts[note_id, key] = {**invoice_vals, "invoice_line_ids": kept}
        result = []
        all_notes = notes.sudo().browse(sorted({note_id for note_id, _key in parts}))
        by_id = {note.id: note for note in all_notes}
        for (note_id, _key), values in sorted(parts.items(), key=lambda part: part[0][0]):
            note = by_id[note_id]
            values.update({"invoice_origin": note.name, "delivery_date": note.date})
            self._crm_number_lines(values)
            result.append((note, values))
        return result

    @api.model
    def _crm_lines_of_note(self, lines, note_ids, note_id, is_last):
        """Return the commands of the invoice lines of one note, under their headings.

        What belongs to no note, as a deducted down payment, goes to the last one.
        """
        kept = []
        headings = []
        follows = False
        for vals, line_note_id in zip(lines, note_ids, strict=True):
            kind = vals["display_type"]
            if line_note_id or kind == "product":
                follows = line_note_id == note_id or (is_last and not line_note_id)
                if follows:
                    kept += [*headings, vals]
                    headings = []
            elif kind == "line_section":
                headings, follows = [vals], False
            elif kind == "line_subsection":
                headings = [h for h in headings if h["display_type"] == "line_section"] + [vals]
                follows = False
            else:
                (kept if follows else headings).append(vals)
        return [Command.create(dict(vals)) for vals in kept]

    def _crm_split_by_order(self, invoice_vals_list):
        """Return ``[(order, invoice values)]`` from core's values per order."""
        OrderLine = self.env["sale.order.line"]
        return [
            (
                next(
                    OrderLine.browse(link[1]).order_id
                    for _command, _id, vals in values["invoice_line_ids"]
                    for link in vals.get("sale_line_ids", ())
                ),
                values,
            )
            for values in invoice_vals_list
        ]

    @api.model
    def _crm_number_lines(self, values):
        for sequence, command in enumerate(values["invoice_line_ids"], 1):
            command[2]["sequence"] = sequence

    # === MERGING ===#
    def _crm_merge_keys(self, grouping):
        """Return the names of the values that one invoice cannot have two of; to be extended."""
        keys = {
            *self._get_invoice_grouping_keys(),
            "invoice_payment_term_id",
            "preferred_payment_method_line_id",
            "journal_id",
        }
        if grouping != "address":
            keys.discard("partner_shipping_id")
        return sorted(keys)

    @api.model
    def _crm_merge_key(self, values, keys):
        return tuple(values.get(key) or False for key in keys)

    def _crm_merge(self, parts, keys):
        """Return ``[(documents, invoice values)]`` on as few invoices as ``keys`` allow."""
        groups = defaultdict(list)
        for part in parts:
            groups[self._crm_merge_key(part[1], keys)].append(part)
        return [
            self._crm_merged(together)
            for group in groups.values()
            for together in self._crm_separate_refunds(group)
        ]

    def _crm_separate_refunds(self, parts):
        """Return one or two groups: what comes back is deducted where an invoice is left, and
        has a credit note of its own where it would turn the invoice into one.
        """
        if not any(self._crm_takes_back(values) for _documents, values in parts):
            return [parts]
        totals = [self._crm_values_totals(values) for _documents, values in parts]
        if sum(total for _untaxed, total in totals) >= 0:
            return [parts]
        refunds, invoices = [], []
        for part, (_untaxed, total) in zip(parts, totals, strict=True):
            (refunds if total < 0 else invoices).append(part)
        return [group for group in (invoices, refunds) if group]

    @api.model
    def _crm_takes_back(self, values):
        return any(
            vals["display_type"] == "product"
            and vals["quantity"] < 0
            and not vals.get("is_downpayment")
            for _command, _id, vals in values["invoice_line_ids"]
        )

    @api.model
    def _crm_values_totals(self, values):
        """Return the untaxed and the total amount of an invoice with these values."""
        AccountTax = self.env["account.tax"].sudo()
        company = self.env["res.company"].sudo().browse(values["company_id"])
        currency = self.env["res.currency"].browse(values["currency_id"])
        base_lines = [
            AccountTax._prepare_base_line_for_taxes_computation(
                None,
                tax_ids=AccountTax.browse(vals["tax_ids"][0][2]),
                price_unit=vals["price_unit"],
                quantity=vals["quantity"],
                discount=vals["discount"],
                currency_id=currency,
                partner_id=self.env["res.partner"].browse(values["partner_id"]),
                product_id=self.env["product.product"].browse(vals["product_id"]),
                extra_tax_data=vals.get("extra_tax_data"),
            )
            for _command, _id, vals in values["invoice_line_ids"]
            if vals["display_type"] == "product"
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, company)
        AccountTax._round_base_lines_tax_details(base_lines, company)
        totals = AccountTax._get_tax_totals_summary(
            base_lines=base_lines, currency=currency, company=company
        )
        return totals["base_amount_currency"], totals["total_amount_currency"]

    def _crm_merged(self, parts):
        """Return ``(documents, values)`` of the one invoice of these documents."""
        parts = sorted(parts, key=lambda part: part[0]._crm_invoice_order())
        values = parts[0][1]
        lang = self.env["res.partner"].browse(values["partner_id"]).lang or self.env.lang
        all_values = [part_values for _document, part_values in parts]
        places = {part_values["partner_shipping_id"] for part_values in all_values}
        refs = {part_values["ref"] for part_values in all_values if part_values["ref"]}
        references = {part_values["payment_reference"] for part_values in all_values}
        terms = dict.fromkeys(part["narration"] for part in all_values if part["narration"])
        documents = parts[0][0].union(*(document for document, _values in parts))
        dates = [date for date in (part.get("delivery_date") for part in all_values) if date]
        merged = {
            **values,
            "ref": ", ".join(sorted(refs))[:2000],
            "invoice_origin": ", ".join(sorted(documents.mapped("name"))),
            "payment_reference": references.pop() if len(references) == 1 else False,
            "narration": Markup("<br/>").join(terms) if len(terms) > 1 else values["narration"],
            "transaction_ids": [
                Command.set(
                    list(
                        dict.fromkeys(
                            transaction
                            for part_values in all_values
                            for transaction in part_values["transaction_ids"][0][2]
                        )
                    )
                )
            ],
            "invoice_line_ids": self._crm_merged_lines(parts, lang, len(places) > 1),
        }
        if len(places) > 1:
            # each section says where its goods went
            merged["partner_shipping_id"] = False
        if dates:
            merged["delivery_date"] = max(dates)
        self._crm_number_lines(merged)
        return documents, merged

    def _crm_merged_lines(self, parts, lang, with_place):
        """Return the commands of the lines: a section for each document, whose own headings are
        subsections of it, and what is deducted at the end.
        """
        lines, deducted, deducted_heading = [], [], []
        for document, values in parts:
            title = document.with_context(lang=lang)._crm_invoice_heading(with_place)
            lines.append({"display_type": "line_section", "name": title})
            in_deductions = False
            for _command, _id, vals in values["invoice_line_ids"]:
                if vals.get("is_downpayment"):
                    if not in_deductions and lines[-1].get("display_type") == "line_subsection":
                        deducted_heading = [{**lines.pop(), "display_type": "line_section"}]
                    in_deductions = True
                    deducted.append(vals)
                elif vals["display_type"] == "line_section":
                    lines.append({**vals, "display_type": "line_subsection"})
                else:
                    lines.append(vals)
        return [Command.create(vals) for vals in [*lines, *deducted_heading, *deducted]]

    def _crm_invoice_order(self):
        """Return what sorts the documents of one invoice."""
        self.ensure_one()
        return (self.date_order, self.id)

    def _crm_invoice_heading(self, with_place):
        """Return the heading of this order's lines on an invoice of several."""
        self.ensure_one()
        title = self.env._("Order %(order)s", order=self.name)
        parts = [title, format_date(self.env, self._crm_codes_date(), lang_code=self.env.lang)]
        if with_place:
            parts.append(self.partner_shipping_id.display_name)
        return " — ".join(parts)
