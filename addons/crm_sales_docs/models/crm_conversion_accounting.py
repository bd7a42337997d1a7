# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import models


class CrmConversionMixin(models.AbstractModel):
    """What the accountant put away since the order was made: accounts, taxes, currencies."""

    _inherit = "crm.conversion.mixin"

    def _crm_account_blockers(self, company, journal, lines):
        return (
            super()._crm_account_blockers(company, journal, lines)
            + self._crm_archived_account_blockers(company, journal, lines)
            + self._crm_archived_tax_blockers(lines)
            + self._crm_currency_blockers(company, lines)
        )

    def _crm_archived_account_blockers(self, company, journal, lines):
        blockers = []
        customers = lines.order_id.partner_invoice_id.commercial_partner_id.with_company(company)
        for customer in customers:
            account = customer.property_account_receivable_id
            if account and not account.active:
                blockers.append(
                    {
                        "code": "archived_account",
                        "message": self.env._(
                            "The receivable account %(account)s of %(customer)s is archived. "
                            "Restore it, or choose another one on the customer.",
                            account=account.display_name,
                            customer=customer.display_name,
                        ),
                    }
                )
        for line in lines:
            product = line.product_id.product_tmpl_id.with_company(company)
            account = (
                product.get_product_accounts(fiscal_pos=line.order_id.fiscal_position_id)["income"]
                or (line.order_id.journal_id or journal).default_account_id
            )
            if account and not account.active:
                blockers.append(
                    {
                        "code": "archived_account",
                        "message": self.env._(
                            "%(order)s: the income account %(account)s of %(product)s is archived. "
                            "Restore it, or choose another one on the product or its category.",
                            order=line.order_id.name,
                            account=account.display_name,
                            product=line.product_id.display_name,
                        ),
                    }
                )
        return blockers

    def _crm_archived_tax_blockers(self, lines):
        return [
            {
                "code": "archived_tax",
                "message": self.env._(
                    "%(order)s: the tax %(tax)s of %(product)s is archived. Restore it, or choose "
                    "another one on the line.",
                    order=line.order_id.name,
                    tax=tax.name,
                    product=line.product_id.display_name,
                ),
            }
            for line in lines
            for tax in line.tax_ids
            if not tax.active
        ]

    def _crm_currency_blockers(self, company, lines):
        """Return a blocker for each order whose amounts nobody can tell in the company's money."""
        orders = lines.order_id.filtered(lambda order: order.currency_id != company.currency_id)
        if not orders:
            return []
        # where there is no rate at all, Odoo reckons one for one
        rated = {
            currency
            for (currency,) in self.env["res.currency.rate"]
            .sudo()
            ._read_group(
                [
                    ("currency_id", "in", orders.currency_id.ids),
                    ("company_id", "in", (False, company.root_id.id)),
                ],
                ["currency_id"],
            )
        }
        blockers = []
        for order in orders:
            currency = order.currency_id
            if not currency.active:
                message = self.env._(
                    "%(order)s: the currency %(currency)s is not active. Activate it in the "
                    "currencies of Invoicing.",
                    order=order.name,
                    currency=currency.name,
                )
            elif currency not in rated:
                message = self.env._(
                    "%(order)s: the currency %(currency)s has no exchange rate. Enter one in the "
                    "currencies of Invoicing.",
                    order=order.name,
                    currency=currency.name,
                )
            else:
                continue
            blockers.append({"code": "currency", "message": message})
        return blockers
