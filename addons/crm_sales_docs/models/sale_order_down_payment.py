# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import models
from odoo.fields import Command

from .invoiced_amounts import Amounts, Ledger


class SaleOrder(models.Model):
    """What an invoice of a part of an order deducts, and the cents that the last one takes.

    All is decided on the values of the invoices, when it is settled which line goes where: whoever
    splits or merges invoices needs to know nothing of it.
    """

    _inherit = "sale.order"

    # === LINES ===#
    def _get_invoiceable_lines(self, final=False):
        self._crm_read_invoice_lines(self.order_line.filtered("is_downpayment"))
        lines = super()._get_invoiceable_lines(final)
        down_payments = lines.filtered("is_downpayment")
        if not down_payments or self.company_id.crm_down_payment_policy == "core":
            return lines
        others = lines.filtered(lambda line: not line.display_type and not line.is_downpayment)
        if others or not self._crm_is_completed_by(lambda line: 0.0):
            # each invoice adds its share
            return lines - down_payments
        # what was paid and nothing is left to deduct it from: Odoo gives it back
        return lines

    def _crm_is_completed_by(self, quantity):
        """Tell whether nothing is left to invoice once ``quantity(line)`` of each is invoiced.

        What cannot be invoiced alone, as a discount on the whole or a delivery fee, goes with it.
        """
        self.ensure_one()
        return all(
            line.product_uom_id.compare(
                line._crm_qty_in_the_end(), line.qty_invoiced + quantity(line)
            )
            <= 0
            for line in self._crm_goods_lines()
            if line._can_be_invoiced_alone()
        )

    def _crm_read_invoice_lines(self, lines):
        """Read all that was invoiced of ``lines``, before core reads what the user may see.

        Odoo would keep that, and count an invoice of another salesperson as not made.
        """
        if lines:
            lines.invalidate_recordset(["invoice_lines"])
            lines.sudo().invoice_lines  # noqa: B018

    def _crm_goods_lines(self):
        return self.order_line.filtered(lambda line: line._crm_is_goods())

    # === INVOICES ===#
    def _create_account_invoices(self, invoice_vals_list, final):
        self._crm_settle(invoice_vals_list, final)
        return super()._create_account_invoices(invoice_vals_list, final)

    def _crm_settle(self, invoice_vals_list, final):
        """Give each of these invoices its share of the down payments, and the last one the cents.

        An order that is invoiced in one go and without a down payment costs nothing here.
        """
        ledger = Ledger(self.env)
        for invoice_vals, parts in self._crm_invoiced_in_parts(invoice_vals_list):
            for order, pairs in parts.items():
                order._crm_deduct_only_the_rest(pairs, ledger)
                order._crm_take_rounding_rest(invoice_vals, pairs, ledger)
            if final:
                for order, pairs in parts.items():
                    if order.company_id.crm_down_payment_policy != "core":
                        order._crm_deduct_down_payments(invoice_vals, pairs, ledger)
            ledger.place(invoice_vals, parts)
        # core goes on as the user, who may not see all that was read here
        self.order_line.invalidate_recordset(["invoice_lines"], flush=False)
        self.invalidate_recordset(["invoice_ids", "invoice_count"], flush=False)

    def _crm_invoiced_in_parts(self, invoice_vals_list):
        """Return ``[(values of an invoice, {order: [(order line, values of its line)]})]``.

        Only of orders that have another invoice, made before or in the same call, or that have one
        of their lines on several of the invoice.
        """
        lines = {line.id: line for line in self.order_line}
        found = []
        count = defaultdict(int)
        for invoice_vals in invoice_vals_list:
            by_order = defaultdict(list)
            for command in invoice_vals["invoice_line_ids"]:
                vals = command[2]
                if vals.get("display_type") == "product":
                    # as core prepares it: one link to the order line
                    line = lines.get(vals["sale_line_ids"][0][1])
                    if line:
                        by_order[line.order_id].append((line, vals))
            for order, pairs in by_order.items():
                split = len({line.id for line, _vals in pairs}) < len(pairs)
                count[order] += 2 if split else 1
            found.append((invoice_vals, by_order))
        in_parts = {
            order
            for order, parts in count.items()
            if parts > 1 or any(line.qty_invoiced for line in order.order_line)
        }
        result = []
        for invoice_vals, by_order in found:
            parts = {order: pairs for order, pairs in by_order.items() if order in in_parts}
            if parts:
                result.append((invoice_vals, parts))
        return result

    def _crm_quantities(self, pairs, ledger):
        """Return what is on an invoice, what was invoiced before and what is left then, by line."""
        here = defaultdict(float)
        for line, vals in pairs:
            here[line] += vals["quantity"]
        goods = self._crm_goods_lines()
        before = {line: line.qty_invoiced + ledger.quantities[line.id] for line in goods}
        left = {line: line._crm_qty_in_the_end() - before[line] - here[line] for line in goods}
        return here, before, left

    # === DOWN PAYMENTS ===#
    def _crm_deduct_down_payments(self, invoice_vals, pairs, ledger):
        """Add to an invoice what it deducts, or a credit note gives back, of the down payments."""
        self.ensure_one()
        own = {line for line, _vals in pairs}
        down_payments = [
            line
            for line in self.order_line
            if line.is_downpayment and not line.display_type and line not in own
        ]
        if not down_payments:
            return
        quantities = self._crm_quantities(pairs, ledger)
        total = ledger.total(invoice_vals, pairs, self.company_id)
        # what was paid for the goods of this invoice first
        taxes = {line._crm_proportional_taxes() for line in own}
        down_payments.sort(key=lambda line: line._crm_proportional_taxes() not in taxes)
        parts = []
        for line in down_payments:
            balance = ledger.balance(line)
            room = None
            if total >= 0:
                room = total - sum(part.total_included for _line, part in parts)
            part = balance.part(self._crm_deduction(line, balance, room, *quantities))
            if part:
                parts.append((line, part))
        if not parts:
            return
        self._crm_avoid_refund(invoice_vals, parts, ledger)
        order = self.with_company(self.company_id).with_context(lang=self._get_lang())
        commands = invoice_vals["invoice_line_ids"]
        sequence = max(command[2].get("sequence") or 0 for command in commands) + 1
        commands.append(Command.create(order._prepare_down_payment_section_line(sequence=sequence)))
        for line, part in parts:
            sequence += 1
            for vals in line.with_env(order.env)._prepare_invoice_lines_vals_list(
                sequence=sequence, **line._crm_deduction_vals(part)
            ):
                vals["name"] += order._crm_deduction_text(part, ledger.balance(line))
                commands.append(Command.create(vals))
                pairs.append((line, vals))

    def _crm_deduction_text(self, part, balance):
        """Return what tells, below the name of a down payment, how much of it ``part`` is."""
        paid = balance.paid.price_amount
        left = balance.rest.price_amount - part.price_amount
        if self.currency_id.is_zero(part.price_amount - paid):
            return ""
        amounts = {
            "part": self.currency_id.format(abs(part.price_amount)),
            "paid": self.currency_id.format(paid),
            "left": self.currency_id.format(left),
        }
        if part.price_amount < 0:
            text = self.env._("No longer deducted: %(part)s", **amounts)
        elif self.currency_id.is_zero(left):
            text = self.env._("The last %(part)s of %(paid)s", **amounts)
        else:
            text = self.env._(
                "%(part)s of %(paid)s; %(left)s left for the next invoices", **amounts
            )
        return f"\n{text}"

    def _crm_deduct_only_the_rest(self, pairs, ledger):
        """Correct the down payments that core chose to deduct: it knows only whole ones."""
        for line, vals in pairs:
            if line.is_downpayment:
                balance = ledger.balance(line)
                is_whole = balance.rest.quantity == 1 and self.currency_id.is_zero(balance.deducted)
                if balance.rest.quantity and not is_whole:
                    vals.update(line._crm_deduction_vals(balance.rest))

    def _crm_deduction(self, line, balance, room, here, before, left):
        """Return how much of a down payment an invoice deducts, as its price says it.

        That is the share of what is left of it that the invoice has in what is left to invoice of
        the goods with the same taxes: a payment that came late or an order that changed needs no
        history, and the invoice that completes the order takes the rest. A credit note gives back
        its share of what was deducted, as far as later invoices will deduct it again.

        :param room: what is left of the invoice, with taxes; None on a credit note
        """
        rest = balance.rest.price_amount
        most = rest
        total = balance.rest.total_included
        if room is not None and self.currency_id.compare_amounts(total, max(room, 0.0)) > 0:
            most = rest * max(room, 0.0) / total
        if all(good.product_uom_id.compare(quantity, 0.0) <= 0 for good, quantity in left.items()):
            return most
        if rest < 0:
            # more was deducted than is paid: the down payment was credited in the meantime
            return rest
        if self.company_id.crm_down_payment_policy == "last":
            return 0.0
        taxes = line._crm_proportional_taxes()
        group = [good for good in left if good._crm_proportional_taxes() == taxes] or list(left)
        amount = sum(here[good] * good._crm_net_price() for good in group)
        open_after = sum(left[good] * good._crm_net_price() for good in group)
        if amount >= 0:
            open_before = open_after + amount
            share = amount / open_before if open_before > 0 else 0.0
            return max(min(rest * min(share, 1.0), amount, most), 0.0)
        invoiced = sum(before[good] * good._crm_net_price() for good in group)
        share = min(-amount / invoiced, 1.0) if invoiced > 0 else 0.0
        return -max(min(balance.deducted * share, open_after - rest, -amount), 0.0)

    def _crm_avoid_refund(self, invoice_vals, parts, ledger):
        """Let cents of tax not turn an invoice into a credit note."""
        base_lines = ledger.base_lines(invoice_vals, self.company_id)
        total = sum(Amounts.of_base_line(line).total_included for _vals, line in base_lines)
        missing = sum(part.total_included for _line, part in parts) - total
        if total >= 0 and self.currency_id.compare_amounts(missing, 0.0) > 0:
            rests = {line: ledger.balance(line).rest.quantity for line, _part in parts}
            line, part = max(
                parts, key=lambda pair: (pair[1].quantity < rests[pair[0]], pair[1].net)
            )
            part.net -= missing
            if part.quantity >= rests[line]:
                # some of it must be left to deduct those cents later
                part.quantity = max(part.quantity - ledger.step, ledger.step)

    # === CENTS ===#
    def _crm_take_rounding_rest(self, invoice_vals, pairs, ledger):
        """Let the invoice that completes this order bring all of them to the total of the order.

        The tax of each rate is settled by the invoice with the last of its goods. Each invoice
        rounds for itself, so that the parts may differ from the whole by some cents. Larger
        differences are somebody's decision, as a price that was changed on an invoice.
        """
        self.ensure_one()
        here, _before, left = self._crm_quantities(pairs, ledger)
        settled = [
            line for line, rest in left.items() if not line.product_uom_id.compare(rest, 0.0)
        ]
        if not any(here[line] for line in settled):
            return
        due = self._crm_amounts_due(list(left))
        rest = {line: due[line].plus(ledger.invoiced(line), -1) for line in left}
        goods = {id(vals): line for line, vals in pairs if line in left}
        parts = len(goods) + sum(ledger.count(line) for line in left)
        # where an invoice is rounded as a whole, what one line takes moves cents of the others
        for _attempt in range(3):
            base_lines = [
                (vals, Amounts.of_base_line(base_line))
                for vals, base_line in ledger.base_lines(invoice_vals, self.company_id)
            ]
            own = [pair for pair in base_lines if id(pair[0]) in goods]
            if not self._crm_take_cents(own, rest, settled, parts):
                break
            # all lines of the invoice: what is rounded as a whole would be shared out again
            for vals, amounts in base_lines:
                if amounts.taxes:
                    key = (vals.get("extra_tax_data") or {}).get("computation_key")
                    vals["extra_tax_data"] = amounts.extra_tax_data(
                        self.currency_id,
                        vals["quantity"],
                        vals["price_unit"],
                        vals["discount"],
                        key,
                    )

    def _crm_take_cents(self, own, rest, settled, parts):
        """Add to lines of an invoice the cents by which it misses what is left of this order.

        :param own: ``[(values, amounts)]`` of the lines of this order
        :param rest: by order line: what no earlier invoice has of its amounts
        :param settled: the order lines of which nothing is left to invoice
        :param parts: how many amounts were rounded
        :return: whether there were any
        """

        def cents(value):
            missing = sum(map(value, rest.values())) - sum(value(amounts) for _v, amounts in own)
            missing = self.currency_id.round(missing)
            return missing if abs(missing) <= self.currency_id.rounding * parts else 0.0

        # a global discount has amounts of its own already
        own.sort(key=lambda pair: (bool(pair[0].get("extra_tax_data")), -abs(pair[1].net)))
        changed = False
        for tax_id in {tax_id for amounts in rest.values() for tax_id in amounts.taxes}:
            taxed = [amounts for _vals, amounts in own if tax_id in amounts.taxes]
            if taxed and all(
                line in settled for line, amounts in rest.items() if tax_id in amounts.taxes
            ):
                tax = cents(lambda amounts, tax_id=tax_id: amounts.taxes.get(tax_id, (0, 0))[0])
                taxed[0].taxes[tax_id][0] += tax
                changed = changed or bool(tax)
        net = cents(lambda amounts: amounts.net) if len(settled) == len(rest) else 0.0
        if net:
            vals, amounts = next((pair for pair in own if pair[1].taxes), own[0])
            amounts.net += net
            for tax in amounts.taxes.values():
                tax[1] += net
            if not amounts.taxes:
                # Odoo takes amounts only with taxes
                vals["price_unit"] = amounts.net / vals["quantity"] / (1 - vals["discount"] / 100)
        return changed or bool(net)

    def _crm_amounts_due(self, lines):
        """Return what each of ``lines`` comes to, as the total of this order rounds them."""
        AccountTax = self.env["account.tax"]
        base_lines = [
            line._prepare_base_line_for_taxes_computation(quantity=line._crm_qty_in_the_end())
            for line in lines
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, self.company_id)
        AccountTax._round_base_lines_tax_details(base_lines, self.company_id)
        return {
            line: Amounts.of_base_line(base_line)
            for line, base_line in zip(lines, base_lines, strict=True)
        }
