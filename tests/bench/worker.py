# SPDX-License-Identifier: LGPL-3.0-or-later
"""One side of a comparison: a process on one database that measures what it is told to.

Reads one command a line on standard input, ``NAME COUNT``, and answers with the seconds it took;
``memory 0`` with its megabytes. Invoices and deliveries are made of the same prepared documents
and rolled back each time; messages are posted and orders confirmed as a client does it, each in a
transaction of its own, and so are large selections of documents invoiced, of which there are as
many as ``CRM_BENCH_MANY`` says.
"""

import gc
import itertools
import os
import resource
import sys
import time

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying

ORDERS = 200
QUOTES = 315
CUSTOMERS = 20
LINES = 5
QUANTITY = 3.0


class Worker:
    def __init__(self, database):
        odoo.tools.config.parse_config(["--log-level=critical"])
        self.registry = Registry(database)
        self.cr = self.registry.cursor()
        self.with_suite = "crm.delivery.note" in self.registry
        self.prepare()

    def prepare(self):
        """Make the confirmed orders; with the suite each has a validated and a draft note."""
        env = self.make_company("sales_team.group_sale_salesman_all_leads")
        products = self.make_products(env, invoice_policy="delivery")
        customers = self.make_customers(env)
        self.orders = self.make_orders(env, customers, products)
        if self.with_suite:
            self.orders.action_crm_create_delivery_note()
            self.notes = self.orders.crm_delivery_note_ids
            self.notes.action_validate()
            self.undelivered = self.make_orders(env, customers, products)
            self.undelivered.action_crm_create_delivery_note()
            self.drafts = self.undelivered.crm_delivery_note_ids
        else:
            for line in self.orders.order_line:
                line.qty_delivered = line.product_uom_qty
            self.undelivered = self.make_orders(env, customers, products)
        self.many = self.make_many(env, customers, products)
        self.quotes = iter(self.make_quotes(env, customers, products, QUOTES).ids)
        # what is invoiced as it was ordered never meets a note
        ordered = self.make_products(env, invoice_policy="order")
        self.direct = iter(self.make_quotes(env, customers, ordered, QUOTES).ids)
        self.customers = customers.ids
        self.cr.commit()

    def make_company(self, *groups):
        """Give the company its accounts and a seller of these groups; return the environment."""
        env = api.Environment(self.cr, SUPERUSER_ID, {"tracking_disable": True})
        company = env.company
        if not company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
        seller = env["res.users"].create(
            {
                "name": "Bench Seller",
                "login": "bench_seller",
                "group_ids": [(4, env.ref(group).id) for group in groups],
            }
        )
        self.seller = seller.id
        return env

    def make_products(self, env, last_type="service", **values):
        return env["product.product"].create(
            [
                {
                    "name": f"Bench {number}",
                    "type": last_type if number == LINES else "consu",
                    "list_price": 10.0 + number,
                    **values,
                }
                for number in range(1, LINES + 1)
            ]
        )

    def make_customers(self, env):
        return env["res.partner"].create(
            [
                {
                    "name": f"Bench {number}",
                    "is_company": True,
                    "email": f"bench{number}@customer.example",
                }
                for number in range(CUSTOMERS)
            ]
        )

    def make_many(self, env, customers, products):
        """Return an iterator of delivered orders, with the suite of their notes."""
        count = int(os.environ.get("CRM_BENCH_MANY", "0"))
        ids = []
        for start in range(0, count, ORDERS):
            orders = self.make_quotes(env, customers, products, min(ORDERS, count - start))
            orders.action_confirm()
            if self.with_suite:
                orders.action_crm_create_delivery_note()
                orders.crm_delivery_note_ids.action_validate()
                ids += orders.crm_delivery_note_ids.ids
            else:
                for line in orders.order_line:
                    line.qty_delivered = line.product_uom_qty
                ids += orders.ids
            env.cr.commit()
            env.invalidate_all()
        return iter(ids)

    def make_orders(self, env, customers, products):
        orders = self.make_quotes(env, customers, products, ORDERS)
        orders.action_confirm()
        return orders

    def make_quotes(self, env, customers, products, count):
        return env["sale.order"].create(
            [
                {
                    "partner_id": customers[number % CUSTOMERS].id,
                    "user_id": self.seller,
                    "order_line": [
                        (0, 0, {"product_id": product.id, "product_uom_qty": QUANTITY})
                        for product in products
                    ],
                }
                for number in range(count)
            ]
        )

    def measure(self, name, count):
        env = api.Environment(self.cr, self.seller, {})
        gc.collect()
        start = time.perf_counter()
        getattr(self, name)(env, count)
        self.cr.flush()
        seconds = time.perf_counter() - start
        self.check(env, count)
        self.cr.rollback()
        env.transaction.clear()
        return seconds

    def check(self, env, count):
        """Fail when what was measured did not do what it was to do."""

    def in_transaction(self, function):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.seller, {})
            retrying(lambda: function(env), env)

    # Each name is one row of the table: our way, or Odoo's own on the other side.

    def invoice_one_by_one(self, env, count):
        for position in range(count):
            if self.with_suite:
                self.notes[position].with_env(env).action_create_invoice()
            else:
                self.orders[position].with_env(env)._create_invoices()
            env.flush_all()
            env.invalidate_all()

    def post_messages(self, env, count):
        """As in a chatter: every other one is a note, every other an e-mail to the customer."""
        for position in range(count):
            self.post(position // 2, mail=position % 2)

    def post_notes(self, env, count):
        for position in range(count):
            self.post(position)

    def post(self, position, mail=False):
        customer_id = self.customers[position % CUSTOMERS]
        values = {"subtype_xmlid": "mail.mt_note"}
        if mail:
            values = {"subtype_xmlid": "mail.mt_comment", "partner_ids": [customer_id]}
        self.in_transaction(
            lambda env: (
                env["res.partner"]
                .browse(customer_id)
                .message_post(body=f"Message {position}", message_type="comment", **values)
            )
        )

    def confirm_orders(self, env, count):
        for _number in range(count):
            order_id = next(self.quotes)
            self.in_transaction(
                lambda env, id_=order_id: env["sale.order"].browse(id_).action_confirm()
            )

    def sell_without_notes(self, env, count):
        for _number in range(count):
            order_id = next(self.direct)
            for click in ("action_confirm", "_create_invoices"):
                self.in_transaction(
                    lambda env, id_=order_id, click=click: getattr(
                        env["sale.order"].browse(id_), click
                    )()
                )

    def invoice_in_one_call(self, env, count):
        if self.with_suite:
            self.notes[:count].with_env(env).action_create_invoice()
        else:
            self.orders[:count].with_env(env)._create_invoices(grouped=True)

    def invoice_many(self, env, count):
        """As a person does it who selected so many: here in the background."""
        ids = list(itertools.islice(self.many, count))
        if self.with_suite:
            Run = env["crm.conversion.run"]
            Run._crm_start(env["crm.delivery.note"].browse(ids), "invoice", "document")
            env.cr.commit()
            env.transaction.clear()
            Run.with_user(SUPERUSER_ID)._cron_convert()
        else:
            env["sale.order"].browse(ids)._create_invoices(grouped=True)
        env.cr.commit()

    def count_rows(self, env, _count):
        """As PostgreSQL does by itself a minute after the first invoices of a database."""
        env.cr.execute("ANALYZE account_move, account_move_line")
        env.cr.commit()

    def deliver_in_one_call(self, env, count):
        if self.with_suite:
            self.drafts[:count].with_env(env).action_validate()
        else:
            for line in self.undelivered[:count].with_env(env).order_line:
                line.qty_delivered = line.product_uom_qty


def memory():
    """Return the megabytes that this process has now."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def main(worker_class):
    # the answers go where nothing else prints
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = worker_class(sys.argv[1])
    print("ready", file=answers)
    for command in sys.stdin:
        name, count = command.split()
        if name == "memory":
            print(memory(), file=answers)
        else:
            print(worker.measure(name, int(count)), file=answers)


if __name__ == "__main__":
    main(Worker)
