# SPDX-License-Identifier: LGPL-3.0-or-later
"""Invoice as many deliveries with the suite and with OCA's stock_picking_invoicing, turn by turn.

One side invoices validated delivery notes, the other done transfers through that addon's wizard,
one draft invoice a delivery. Customers, products, quantities, prices and taxes are the same; so
are the rights: the user invoices, and works with the documents. Every run is checked and rolled
back.
"""

import os
import sys

from run import Side, compare
from worker import CUSTOMERS, LINES, ORDERS, QUANTITY, Worker
from worker import main as work

ROWS = [
    # row, what the worker does, how many, rounds, the most that the ratio may be: for a single one
    # most of the time is the invoice itself, which is the same on both sides
    ("delivery to invoice, one by one (20)", "invoice_one_by_one", 20, 5, 0.7),
    ("200 deliveries to 200 invoices, one call", "invoice_in_one_call", ORDERS, 3, 0.5),
]
UNTAXED = sum(QUANTITY * (10.0 + number) for number in range(1, LINES + 1))
TAX = 0.15  # of the generic chart of accounts


class Deliveries(Worker):
    def prepare(self):
        documents = "sales_team.group_sale_salesman_all_leads"
        if not self.with_suite:
            documents = "stock.group_stock_user"
        env = self.make_company("account.group_account_invoice", documents)
        # without sales there is no such field
        policy = {"invoice_policy": "delivery"} if self.with_suite else {}
        products = self.make_products(env, last_type="consu", **policy)
        customers = self.make_customers(env)
        if self.with_suite:
            orders = self.make_orders(env, customers, products)
            orders |= self.make_orders(env, customers, products)
            orders.action_crm_create_delivery_note()
            deliveries = orders.crm_delivery_note_ids
            deliveries.action_validate()
        else:
            deliveries = self.make_transfers(env, customers, products)
            deliveries |= self.make_transfers(env, customers, products)
            deliveries.move_ids.picked = True
            deliveries._action_done()
            assert set(deliveries.mapped("state")) == {"done"}
        # In the order in which the customers were taken.
        ids = deliveries.sorted("id").ids
        past, self.deliveries = ids[:ORDERS], ids[ORDERS:]
        # Invoices of before, without which PostgreSQL, when it takes its statistics between two
        # runs that were rolled back, plans for empty tables: either side may then take four times
        # as long.
        self.invoice(env, past)
        self.cr.commit()
        self.cr._cnx.autocommit = True
        self.cr.execute("VACUUM ANALYZE")
        self.cr._cnx.autocommit = False

    def make_transfers(self, env, customers, products):
        kind = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
        kind = kind.out_type_id
        places = {
            "location_id": kind.default_location_src_id.id,
            "location_dest_id": env.ref("stock.stock_location_customers").id,
        }
        transfers = env["stock.picking"].create(
            [
                {
                    **places,
                    "picking_type_id": kind.id,
                    "partner_id": customers[number % CUSTOMERS].id,
                    "invoice_state": "2binvoiced",
                    "move_ids": [
                        (
                            0,
                            0,
                            {
                                **places,
                                "product_id": product.id,
                                "product_uom_qty": QUANTITY,
                                "invoice_state": "2binvoiced",
                            },
                        )
                        for product in products
                    ],
                }
                for number in range(ORDERS)
            ]
        )
        transfers.action_confirm()
        transfers.action_assign()
        return transfers

    def invoice(self, env, ids):
        if self.with_suite:
            env["crm.delivery.note"].browse(ids).action_create_invoice()
        else:
            context = {"active_model": "stock.picking", "active_ids": ids}
            wizard = env["stock.invoice.onshipping"].with_context(**context)
            # Left empty, as on our side, where the date is that of posting.
            wizard.create({"group": "picking", "invoice_date": False}).action_generate()

    def invoice_one_by_one(self, env, count):
        for delivery_id in self.deliveries[:count]:
            self.invoice(env, [delivery_id])
            env.flush_all()
            env.invalidate_all()

    def invoice_in_one_call(self, env, count):
        self.invoice(env, self.deliveries[:count])

    def check(self, env, count):
        """Fail unless each delivery has the draft invoice of what was delivered, and says so."""
        model, state = "stock.picking", "invoiced"
        if self.with_suite:
            model, state = "crm.delivery.note", "done"
        deliveries = env[model].browse(self.deliveries[:count])
        assert set(deliveries.mapped("invoice_state")) == {state}
        invoices = deliveries.invoice_ids
        assert len(invoices) == count
        assert env["account.move"].search_count([]) == ORDERS + count
        for number, delivery in enumerate(deliveries):
            invoice = delivery.invoice_ids
            assert (invoice.move_type, invoice.state) == ("out_invoice", "draft")
            assert invoice.partner_id.name == f"Bench {number % CUSTOMERS}"
            assert invoice.invoice_origin == delivery.name
            assert not invoice.invoice_date
            lines = [
                (
                    line.product_id.name,
                    line.quantity,
                    line.price_unit,
                    *line.tax_ids.mapped("amount"),
                )
                for line in invoice.invoice_line_ids
            ]
            assert lines == [
                (f"Bench {n}", QUANTITY, 10.0 + n, TAX * 100) for n in range(1, LINES + 1)
            ]
            assert env.company.currency_id == invoice.currency_id
            amounts = invoice.amount_untaxed, invoice.amount_total
            assert amounts == (UNTAXED, round(UNTAXED * (1 + TAX), 2)), amounts


def main(suite, other, other_addons_path):
    sides = (
        Side(suite, "deliveries.py"),
        Side(other, "deliveries.py", ODOO_ADDONS_PATH=other_addons_path),
    )
    print(f"load before: {os.getloadavg()[0]:.1f}")
    failed = compare(sides, ROWS, "OCA")
    for side in sides:
        side.close()
    print(f"load after: {os.getloadavg()[0]:.1f}")
    sys.exit(failed)


if __name__ == "__main__":
    if sys.argv[2:]:
        main(*sys.argv[1:])
    else:
        work(Deliveries)
