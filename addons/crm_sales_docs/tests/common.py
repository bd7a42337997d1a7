# SPDX-License-Identifier: LGPL-3.0-or-later
from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.crm_accounts.tests.common import CrmSuiteUsersMixin


class CrmSalesDocsMixin(CrmSuiteUsersMixin):
    """Customers, products and documents; mix into any class whose company has a chart.

    Documents are returned in the environment of ``user_salesman``: what a test does with them is
    what the weakest person of sales may do.
    """

    @classmethod
    def _crm_create_sales_data(cls):
        """Create the users, the customers and the products."""
        cls._crm_create_users()
        cls.user_delivery = cls._crm_new_user(
            "user_delivery", "crm_sales_docs.crm_sales_docs_group_delivery"
        )
        cls.user_invoice = cls._crm_new_user("user_invoice", "account.group_account_invoice")
        cls.customer = cls.env["res.partner"].create(
            {"name": "Distribuidora Norte", "is_company": True, "vat": "J-12345678-9"}
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Ana Rivas", "parent_id": cls.customer.id}
        )
        cls.person = cls.env["res.partner"].create({"name": "Person without account"})
        cls.goods = cls._crm_product("Scanner", 100.0)
        cls.goods_on_order = cls._crm_product("Printer", 200.0, invoice_policy="order")
        cls.service = cls._crm_product("Installation", 50.0, type="service")

    @classmethod
    def _crm_product(cls, name, price, **values):
        """Return a product that is invoiced on delivery and bears no tax."""
        return cls.env["product.product"].create(
            {
                "name": name,
                "list_price": price,
                "type": "consu",
                "invoice_policy": "delivery",
                "taxes_id": False,
                **values,
            }
        )

    @classmethod
    def _crm_order(cls, *lines, user=None, confirm=False, **values):
        """Return a quote with a line for each ``(product, quantity[, line values])``.

        Without lines: ten of ``goods``.
        """
        user = user or cls.user_salesman
        order = (
            cls.env["sale.order"]
            .with_user(user)
            .create(
                {
                    "partner_id": cls.customer.id,
                    "user_id": user.id,
                    "order_line": [
                        Command.create(cls._crm_order_line(*line))
                        for line in lines or [(cls.goods, 10)]
                    ],
                    **values,
                }
            )
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def _crm_order_line(cls, product, quantity, values=None):
        if isinstance(product, str):
            return {"display_type": product, "name": quantity, **(values or {})}
        return {"product_id": product.id, "product_uom_qty": quantity, **(values or {})}

    @classmethod
    def _crm_note(cls, order, quantities=None, validate=False):
        """Return a new draft note of an order.

        :param quantities: by product; what is not named is not delivered. None: all that is left
        """
        notes = order.crm_delivery_note_ids
        order.action_crm_create_delivery_note()
        note = order.crm_delivery_note_ids - notes
        if quantities is not None:
            for line in note.line_ids.filtered("product_id"):
                line.quantity = quantities.get(line.product_id, 0.0)
        if validate:
            note.action_validate()
        return note

    @classmethod
    def _crm_delivered(cls, *lines, quantities=None, **values):
        """Return a validated note of a new confirmed order."""
        return cls._crm_note(cls._crm_order(*lines, **values), quantities, validate=True)

    @classmethod
    def _crm_direct_note(cls, *lines, user=None, **values):
        """Return a draft note without an order, by default three of ``goods``."""
        return (
            cls.env["crm.delivery.note"]
            .with_user(user or cls.user_salesman)
            .create(
                {
                    "partner_id": cls.customer.id,
                    "line_ids": [
                        Command.create(
                            {
                                "product_id": line[0].id,
                                "quantity": line[1],
                                **(line[2] if len(line) > 2 else {}),
                            }
                        )
                        for line in lines or [(cls.goods, 3)]
                    ],
                    **values,
                }
            )
        )

    @contextmanager
    def assertRefused(self, message):
        """Expect a UserError whose text matches, and undo what was written before it."""
        with self.assertRaises(UserError) as error:
            yield
        self.assertRegex(str(error.exception), message)

    @classmethod
    def _crm_invoices(cls, action):
        """Return the invoices that the action of a conversion opens."""
        if action.get("res_id"):
            return cls.env["account.move"].browse(action["res_id"])
        return (
            cls.env["account.move"].search(action["domain"])
            if action.get("domain")
            else (cls.env["account.move"])
        )

    @classmethod
    def _crm_invoice(cls, documents):
        """Return the invoices that one click on orders or notes makes, in order of creation."""
        if documents._name == "sale.order":
            action = documents.action_crm_create_invoice()
        else:
            action = documents.action_create_invoice()
        return cls._crm_invoices(action).sorted("id")


class CrmSalesDocsCommon(CrmSalesDocsMixin, AccountTestInvoicingCommon):
    """The documents of sales in a company of its own that has a chart of accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_sales_data()

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("sales_team.group_sale_manager")
