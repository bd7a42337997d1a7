# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Domain


class CrmCustomerCodeMixin(models.AbstractModel):
    """What products and their variants share to be found by the customers' codes. The customer
    is ``partner_id`` of the context, as a line of a quote gives it.

    Inherited before the model that it extends, whose searches it completes.
    """

    _name = "crm.customer.code.mixin"
    _description = "Found by the Customers' Codes"

    crm_customer_code = fields.Char(
        "Customer Code",
        store=False,
        # or only who may read it could duplicate a product
        copy=False,
        search="_search_crm_customer_code",
        exportable=False,
        groups="sales_team.group_sale_salesman",
    )
    crm_allowed_for_id = fields.Many2one(
        "res.partner",
        "Allowed for",
        store=False,
        copy=False,
        search="_search_crm_allowed_for_id",
        exportable=False,
    )

    @api.model
    def _search_crm_allowed_for_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        customers = self.env["res.partner"].browse(filter(None, value))
        if not self.env["crm.customer.product"].has_access("read"):
            return Domain.TRUE
        return Domain.AND(customer._crm_assortment_domain(self._name) for customer in customers)

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        found = self._crm_customer_name_search(name, domain, operator, limit)
        others = super().name_search(name, domain, operator, limit)
        return self._crm_join_pairs(found, others, limit) if found else others

    @api.model
    def web_name_search(self, name, specification, domain=None, operator="ilike", limit=100):
        results = super().web_name_search(name, specification, domain, operator, limit)
        return self._crm_show_customer_codes(results)

    def action_crm_view_customer_products(self):
        """Return the action that opens the customers' codes of these products."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_products.crm_customer_product_action"
        )
        templates = self.product_tmpl_id if self._name == "product.product" else self
        action["domain"] = [("product_tmpl_id", "in", templates.ids)]
        action["context"] = {"default_product_tmpl_id": templates[:1].id}
        return action

    @api.model
    def _crm_customer(self):
        """Return the customer whose codes are looked for, empty without one."""
        rows = self.env["crm.customer.product"]
        customer = rows._crm_customer_in_context()
        return customer if customer and rows.has_access("read") else customer.browse()

    @api.model
    def _crm_customer_name_search(self, name, domain, operator, limit):
        """Return the pairs of ``name_search`` that the customer's code or name finds, the exact
        code before anything else.
        """
        if not name or operator in Domain.NEGATIVE_OPERATORS or not self._crm_customer():
            return []
        domain = Domain(domain or Domain.TRUE)
        found = self.search(domain & Domain("crm_customer_code", "=", name), limit=limit)
        found = found or self.search(
            domain & Domain("crm_customer_code", operator, name), limit=limit
        )
        return [(product.id, product.display_name) for product in found]

    @api.model
    def _crm_join_pairs(self, first, others, limit):
        """Return the pairs of both lists, each product once."""
        return [*{product_id: (product_id, name) for product_id, name in first + others}.values()][
            :limit
        ]

    @api.model
    def _crm_show_customer_codes(self, results):
        """Add the customer's code and name to what ``web_name_search`` proposes."""
        customer = self._crm_customer()
        if customer and results:
            rows = customer._crm_customer_products(self.browse([line["id"] for line in results]))
            for line in results:
                label = line["id"] in rows and rows[line["id"]]._crm_label()
                if label and "display_name" in line:
                    shown = line.get("__formatted_display_name") or line["display_name"]
                    line["__formatted_display_name"] = f"{shown}\t--{label}--"
        return results
