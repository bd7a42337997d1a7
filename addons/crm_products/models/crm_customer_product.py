# SPDX-License-Identifier: LGPL-3.0-or-later
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


def _same_period_message(env, diagnostics):
    """Return the sentence for a line that is there already, named by what PostgreSQL says."""
    detail = diagnostics and diagnostics.message_detail or ""
    if ids := re.search(r"=\((\d+), (\d+),", detail):
        account = env["res.partner"].browse(int(ids[1])).exists()
        product = env["product.template"].browse(int(ids[2])).exists()
        return env["crm.customer.product"]._crm_twice_message(account, product)
    return env._("The account already has this product at that time.")


class CrmCustomerProduct(models.Model):
    """What an account calls a product and whether it may buy it, from a day to a day.

    What a company says holds for its departments and people too, until a row of the department
    says otherwise: of the rows for a product exactly one counts.
    """

    _name = "crm.customer.product"
    _description = "Customer Code"
    _order = "customer_code, id"
    _rec_names_search = ["customer_code", "customer_name", "product_tmpl_id", "account_id"]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    account_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain=[("crm_is_account", "=", True)],
        help="The company or department that uses the code. Those of a company hold for its "
        "departments and contacts as well.",
    )
    product_tmpl_id = fields.Many2one(
        "product.template",
        "Product",
        compute="_compute_product_tmpl_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    product_id = fields.Many2one(
        "product.product",
        "Variant",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        domain="[('product_tmpl_id', '=', product_tmpl_id)] if product_tmpl_id else []",
        help="Empty: all variants of the product that have no line of their own.",
    )
    customer_code = fields.Char(
        index="trigram",
        help="How the customer numbers the product: it finds the product on a quote and is "
        "printed on the customer's documents.",
    )
    customer_name = fields.Char(
        "Customer's Name", index="trigram", help="How the customer calls the product."
    )
    allowed = fields.Boolean(
        default=True,
        help="The product belongs to the customer's assortment. Switched off, quotes for the "
        "customer warn of it.",
    )
    note = fields.Char(help="For your own people, such as what was agreed on the price.")
    date_start = fields.Date("Valid From")
    date_end = fields.Date("Valid Until")
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        help="Empty: all companies.",
    )
    active = fields.Boolean(default=True)

    _list_idx = models.Index("(customer_code, id)")
    _customer_code_length = models.Constraint(
        "CHECK (length(customer_code) <= 500)",
        "A customer's code cannot be longer than 500 characters: shorten it.",
    )
    # Of two people who add the same line at once, the second one is refused. Periods that overlap
    # without the same first day are found by the constraint below.
    _same_period = models.UniqueIndex(
        """(account_id, product_tmpl_id, COALESCE(product_id, 0), COALESCE(company_id, 0),
        COALESCE(date_start, '-infinity')) WHERE active IS TRUE""",
        _same_period_message,
    )

    @api.depends("product_id")
    def _compute_product_tmpl_id(self):
        for row in self:
            if row.product_id:
                row.product_tmpl_id = row.product_id.product_tmpl_id

    @api.depends("account_id", "product_tmpl_id")
    def _compute_company_id(self):
        for row in self:
            row.company_id = (
                row.account_id.company_id or row.product_tmpl_id.company_id or row.company_id
            )

    @api.depends("customer_code", "customer_name", "product_tmpl_id", "product_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = (
                row._crm_label() or (row.product_id or row.product_tmpl_id).display_name
            )

    @api.constrains(
        *("account_id", "product_tmpl_id", "product_id", "company_id"),
        *("date_start", "date_end", "active"),
    )
    def _check_customer_product(self):
        problems = []
        siblings = self.search(
            [
                ("account_id", "in", self.account_id.ids),
                ("product_tmpl_id", "in", self.product_tmpl_id.ids),
            ]
        ).grouped(lambda row: row._crm_key())
        for row in self:
            product = row.product_id or row.product_tmpl_id
            if not row.account_id.crm_is_account:
                problems.append(
                    self.env._(
                        "%(name)s is a person: choose the company or the department.",
                        name=row.account_id.display_name,
                    )
                )
            if row.product_id and row.product_id.product_tmpl_id != row.product_tmpl_id:
                problems.append(
                    self.env._(
                        "%(variant)s is no variant of %(product)s: choose another one, or none.",
                        variant=row.product_id.display_name,
                        product=row.product_tmpl_id.display_name,
                    )
                )
            if row.date_start and row.date_end and row.date_end < row.date_start:
                problems.append(
                    self.env._(
                        "%(product)s cannot end for %(account)s on %(end)s, before it begins on "
                        "%(start)s: correct one of the dates.",
                        product=product.display_name,
                        account=row.account_id.display_name,
                        end=format_date(self.env, row.date_end),
                        start=format_date(self.env, row.date_start),
                    )
                )
            elif row.active and any(
                row._crm_overlaps(sibling)
                for sibling in siblings.get(row._crm_key(), ())
                if sibling != row
            ):
                problems.append(self._crm_twice_message(row.account_id, product))
        if problems:
            raise ValidationError("\n".join(dict.fromkeys(problems)))

    @api.onchange("product_tmpl_id")
    def _onchange_product_tmpl_id(self):
        if self.product_id.product_tmpl_id != self.product_tmpl_id:
            self.product_id = False

    @api.model_create_multi
    def create(self, vals_list):
        # The unique index must know what was changed before: rows are inserted at once, while
        # changes wait in memory.
        self.flush_model()
        return super().create(vals_list)

    @api.model
    def _crm_twice_message(self, account, product):
        return self.env._(
            "%(account)s already has %(product)s at that time: change that line, or end it before "
            "the new one begins.",
            account=account.display_name,
            product=product.display_name,
        )

    def _crm_key(self):
        """Return what may be there only once at a time."""
        self.ensure_one()
        return (self.account_id, *self._crm_product_key())

    def _crm_product_key(self):
        return self.product_tmpl_id, self.product_id, self.company_id

    def _crm_overlaps(self, other):
        """Return whether both rows hold on some same day."""
        self.ensure_one()
        return not (
            (self.date_end and other.date_start and self.date_end < other.date_start)
            or (other.date_end and self.date_start and other.date_end < self.date_start)
        )

    def _crm_label(self):
        """Return code and name of the customer as one text, empty without both."""
        self.ensure_one()
        return " ".join(filter(None, (self.customer_code, self.customer_name)))

    @api.model
    def _crm_valid_domain(self, date=None):
        """Return the domain of the rows that hold on a day, today by default, in the company."""
        date = date or fields.Date.context_today(self)
        return (
            (Domain("date_start", "=", False) | Domain("date_start", "<=", date))
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", date))
            & Domain(self._check_company_domain(self.env.company))
        )

    @api.model
    def _crm_find_domain(self, operator, value):
        """Return the domain of the rows that hold today and whose code or name matches: those of
        the customer ``partner_id`` of the context, if there is one.
        """
        domain = self._crm_valid_domain() & (
            Domain("customer_code", operator, value) | Domain("customer_name", operator, value)
        )
        if customer := self._crm_customer_in_context():
            domain &= Domain("account_id", "in", customer._crm_code_account_ids())
        return domain

    @api.model
    def _crm_customer_in_context(self):
        """Return the customer that a line of a quote, or any client, names; empty without one."""
        customer_id = self.env.context.get("partner_id")
        customers = self.env["res.partner"]
        return customers.browse(customer_id) if type(customer_id) is int else customers

    def _crm_prepare_merge(self, account):
        """Archive the rows of accounts that are about to be merged into ``account`` where it has
        the product already; nothing is deleted. The row that stays takes over what it lacks,
        unless the two contradict each other.
        """
        kept = self.search([("account_id", "=", account.id)])
        for row in self.sorted("id"):
            twin = kept.filtered(
                lambda other, row=row: (
                    other._crm_product_key() == row._crm_product_key() and other._crm_overlaps(row)
                )
            )[:1]
            if not twin:
                kept += row
                continue
            values = {
                name: row[name] for name in ("customer_code", "customer_name", "note") if row[name]
            }
            if all(twin[name] in (False, value) for name, value in values.items()):
                twin.write(values)
            row.active = False
