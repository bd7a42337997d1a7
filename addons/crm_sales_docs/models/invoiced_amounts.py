# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the lines of orders have been invoiced, to the cent, as Odoo's tax engine rounds it."""

from collections import defaultdict


class Amounts:
    """A quantity with what it costs, in the currency of the document."""

    def __init__(self, quantity=0.0, net=0.0, taxes=None):
        self.quantity = quantity
        self.net = net
        # by id of the tax: its amount and its base
        self.taxes = taxes or {}
        self.included = set()

    @classmethod
    def of_base_line(cls, base_line):
        details = base_line["tax_details"]
        result = cls(
            base_line["quantity"],
            details["total_excluded_currency"] + details["delta_total_excluded_currency"],
        )
        for tax_data in details["taxes_data"]:
            if tax_data["is_reverse_charge"]:
                continue
            tax = tax_data["tax"]
            result.taxes[tax.id] = [
                tax_data["tax_amount_currency"],
                tax_data["base_amount_currency"],
            ]
            if tax_data["price_include"]:
                result.included.add(tax.id)
        return result

    @classmethod
    def total(cls, amounts):
        result = cls()
        for one in amounts:
            result = result.plus(one)
        return result

    @property
    def price_amount(self):
        """What quantity times price says: with the taxes that the price includes."""
        return self.net + sum(self.taxes[tax_id][0] for tax_id in self.included)

    @property
    def total_included(self):
        return self.net + sum(tax for tax, _base in self.taxes.values())

    def plus(self, other, sign=1):
        result = Amounts(self.quantity + sign * other.quantity, self.net + sign * other.net)
        for tax_id in self.taxes.keys() | other.taxes.keys():
            own, more = self.taxes.get(tax_id, (0, 0)), other.taxes.get(tax_id, (0, 0))
            result.taxes[tax_id] = [own[0] + sign * more[0], own[1] + sign * more[1]]
        result.included = self.included | other.included
        return result

    def times(self, factor, quantity, currency):
        """Return a part, each of its amounts rounded."""
        result = Amounts(quantity, currency.round(self.net * factor))
        for tax_id, values in self.taxes.items():
            result.taxes[tax_id] = [currency.round(value * factor) for value in values]
        result.included = set(self.included)
        return result

    def extra_tax_data(self, currency, quantity, price_unit, discount=0.0, key=None):
        """Return what makes Odoo's tax engine take these amounts as they are."""
        result = {"computation_key": key} if key else {}
        if self.taxes:
            result |= {
                "currency_id": currency.id,
                "price_unit": price_unit,
                "discount": discount,
                "quantity": quantity,
                "manual_total_excluded_currency": self.net,
                "manual_tax_amounts": {
                    str(tax_id): {"tax_amount_currency": tax, "base_amount_currency": base}
                    for tax_id, (tax, base) in self.taxes.items()
                },
            }
        return result or False


class Balance:
    """What was invoiced of a down payment, and what invoices have deducted of it."""

    def __init__(self, amounts, currency, step):
        self.currency = currency
        self.step = step
        self.paid = Amounts.total(one for one, is_deduction in amounts if not is_deduction)
        self.rest = Amounts.total(one for one, _is_deduction in amounts)
        self.deducted = self.paid.price_amount - self.rest.price_amount

    def part(self, amount):
        """Return the part of the down payment that ``amount`` is, or None: the next one takes it.

        A quantity has few decimals: the smallest part has the least of it, as there may be no later
        invoice that could deduct more than it is worth itself. As long as something is left there
        must be some of it.
        """
        if self.currency.is_zero(amount - self.rest.price_amount):
            return self.rest if self.rest.quantity else None
        paid = self.paid.price_amount
        if self.currency.is_zero(paid) or self.currency.is_zero(amount):
            return None
        share = amount / paid
        steps = round(self.paid.quantity * share / self.step) or (1 if share > 0 else -1)
        quantity = min(steps * self.step, self.rest.quantity - self.step)
        quantity = max(quantity, self.rest.quantity - self.paid.quantity)
        quantity = round(quantity / self.step) * self.step
        if abs(quantity) < self.step / 2 or (quantity > 0) != (share > 0):
            return None
        return self.paid.times(share, quantity, self.currency)


class Ledger:
    """The invoices of orders, those of the running conversion included."""

    def __init__(self, env):
        self.env = env
        self.quantities = defaultdict(float)
        self._amounts = {}
        self._placed = defaultdict(list)
        self.step = 10 ** -env["decimal.precision"].precision_get("Product Unit")

    def _of_line(self, line):
        """Return ``[(amounts, whether it deducts)]`` of the invoice lines of an order line."""
        if line.id not in self._amounts:
            self._read(line.order_id)
        return self._amounts[line.id] + self._placed[line.id]

    def _read(self, order):
        order = order.sudo()
        order._crm_read_invoice_lines(order.order_line)
        self._amounts.update({line_id: [] for line_id in order.order_line.ids})
        for move in order.order_line.invoice_lines.move_id:
            sign = {"out_invoice": 1, "out_refund": -1}.get(move.move_type)
            if not sign or (move.state == "cancel" and move.payment_state != "invoicing_legacy"):
                continue
            base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
            for base_line in base_lines:
                order_line = base_line["record"].sale_line_ids[:1]
                if order_line.order_id == order:
                    amounts = Amounts().plus(Amounts.of_base_line(base_line), sign)
                    self._amounts[order_line.id].append((amounts, base_line["quantity"] < 0))

    def invoiced(self, line):
        return Amounts.total(amounts for amounts, _is_deduction in self._of_line(line))

    def count(self, line):
        return len(self._of_line(line))

    def balance(self, line):
        return Balance(self._of_line(line), line.currency_id, self.step)

    def base_lines(self, invoice_vals, company):
        """Return ``[(values of an invoice line, its base line for the taxes)]``, rounded."""
        AccountTax = self.env["account.tax"]
        currency = self.env["res.currency"].browse(invoice_vals["currency_id"])
        result = []
        for command in invoice_vals["invoice_line_ids"]:
            vals = command[2]
            if vals.get("display_type") != "product":
                continue
            tax_ids = [tax_id for tax_command in vals["tax_ids"] for tax_id in tax_command[2]]
            base_line = AccountTax._prepare_base_line_for_taxes_computation(
                None,
                currency_id=currency,
                tax_ids=AccountTax.browse(tax_ids),
                product_id=self.env["product.product"].browse(vals.get("product_id") or ()),
                quantity=vals["quantity"],
                price_unit=vals["price_unit"],
                discount=vals.get("discount") or 0.0,
                extra_tax_data=vals.get("extra_tax_data") or {},
            )
            result.append((vals, base_line))
        base_lines = [base_line for _vals, base_line in result]
        AccountTax._add_tax_details_in_base_lines(base_lines, company)
        AccountTax._round_base_lines_tax_details(base_lines, company)
        return result

    def total(self, invoice_vals, pairs, company):
        """Return what ``[(order line, values of its invoice line)]`` come to, with taxes."""
        own = {id(vals) for _line, vals in pairs}
        return sum(
            Amounts.of_base_line(base_line).total_included
            for vals, base_line in self.base_lines(invoice_vals, company)
            if id(vals) in own
        )

    def place(self, invoice_vals, by_order):
        """Count the lines of an invoice that is about to be made."""
        company = next(iter(by_order)).company_id
        lines = {id(vals): line for pairs in by_order.values() for line, vals in pairs}
        for vals, base_line in self.base_lines(invoice_vals, company):
            line = lines.get(id(vals))
            if line:
                self.quantities[line.id] += vals["quantity"]
                self._placed[line.id].append(
                    (Amounts.of_base_line(base_line), vals["quantity"] < 0)
                )
