# SPDX-License-Identifier: LGPL-3.0-or-later
"""A price book of 3,000 products in 3 quantities over 3,000 rules beside Odoo's own price-list
report, in one process, every price compared; and the spreadsheet of 50,000 products.
"""

import datetime
import os
import random
import resource
import statistics
import subprocess
import sys
import time

import odoo
from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry

PRODUCTS, RULES, LONG, SHORT = 3_000, 3_000, 50_000, 5_000
QUANTITIES = [1, 10, 100]
CATEGORIES = 300
TURNS = 5
FASTER, GROWTH_MB = 15.0, 30.0


def environment(database):
    odoo.tools.config.parse_config(["--log-level=critical"])
    registry = Registry(database)
    return api.Environment(registry.cursor(), SUPERUSER_ID, {})


def generate(env):
    """Make the products of the long book by SQL, and the rules; return what the books list."""
    salesperson = env["res.users"].create(
        {
            "name": "Bench Salesperson",
            "login": "bench_prices",
            "group_ids": [Command.set(env.ref("sales_team.group_sale_salesman").ids)],
        }
    )
    root = env["product.category"].create({"name": "Bench"})
    branches = env["product.category"].create(
        [{"name": f"Branch {n}", "parent_id": root.id} for n in range(20)]
    )
    leaves = env["product.category"].create(
        [
            {"name": f"Leaf {n}", "parent_id": branches[n % 20].id}
            for n in range(CATEGORIES - 20 - 1)
        ]
    )
    model = env["product.template"].create({"name": "Model", "categ_id": leaves[0].id})
    env.flush_all()
    templates = copy_rows(
        env,
        "product_template",
        model.id,
        LONG,
        {
            "name": "jsonb_build_object('en_US', 'Product number ' || n)",
            "default_code": "'B' || lpad(n::text, 6, '0')",
            "list_price": "1 + n %% 997 + (n %% 100) / 100.0",
            "categ_id": f"{leaves[0].id} + n %% {len(leaves)}",
        },
    )
    copy_rows(
        env,
        "product_product",
        model.product_variant_id.id,
        LONG,
        {
            "product_tmpl_id": f"{templates[0]} + n - 1",
            "default_code": "'B' || lpad(n::text, 6, '0')",
            "combination_indices": "''",
        },
    )
    model.active = False
    env.flush_all()
    env.cr.execute("ANALYZE product_template")
    env.cr.execute("ANALYZE product_product")
    env.invalidate_all()
    some = env["product.template"].browse(templates[:PRODUCTS])
    pricelist = generate_rules(env, some, branches + leaves)
    env.cr.commit()
    return salesperson, pricelist, root, some


def copy_rows(env, table, row_id, count, changed):
    """Copy a row ``count`` times, ``n`` being the number of the copy; return the ids."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND table_schema = 'public' AND column_name != 'id'",
        [table],
    )
    columns = [row[0] for row in env.cr.fetchall()]
    values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    env.cr.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} AS model,"
        f" generate_series(1, %s) AS n WHERE model.id = %s ORDER BY n RETURNING id",
        [count, row_id],
    )
    return [row[0] for row in env.cr.fetchall()]


def generate_rules(env, templates, categories):
    """Return a price list with rules of every kind: on products, variants, categories and all,
    dated ones, formulas, and one that rests on another list.
    """
    chance = random.Random(7)
    base, pricelist = env["product.pricelist"].create(
        [{"name": "Bench base", "company_id": False}, {"name": "Bench", "company_id": False}]
    )
    env["product.pricelist.item"].create(
        {"pricelist_id": base.id, "compute_price": "percentage", "percent_price": 4.0}
    )
    now = datetime.datetime.now()
    rules = []
    for number in range(RULES):
        rule = {
            "pricelist_id": pricelist.id,
            "min_quantity": chance.choice([0, 0, 1, 5, 10, 50, 100]),
            **chance.choice(
                [
                    {"compute_price": "fixed", "fixed_price": chance.randrange(100, 90000) / 100},
                    {"compute_price": "percentage", "percent_price": chance.randrange(1, 40)},
                    {
                        "compute_price": "formula",
                        "base": "list_price",
                        "price_discount": chance.randrange(1, 40),
                        "price_round": chance.choice([0.05, 0.1, 1.0]),
                        "price_surcharge": chance.choice([0.0, -0.01]),
                    },
                    {
                        "compute_price": "formula",
                        "base": "pricelist",
                        "base_pricelist_id": base.id,
                        "price_discount": chance.randrange(1, 20),
                    },
                ]
            ),
        }
        if chance.random() < 0.2:
            start = now + datetime.timedelta(days=chance.randrange(-60, 60))
            rule |= {"date_start": start, "date_end": start + datetime.timedelta(days=40)}
        if number % 10 < 7:
            rule |= {"applied_on": "1_product", "product_tmpl_id": chance.choice(templates).id}
        elif number % 10 < 8:
            variant = chance.choice(templates).product_variant_id
            rule |= {"applied_on": "0_product_variant", "product_id": variant.id}
        elif number % 100 < 99:
            rule |= {
                "applied_on": "2_product_category",
                "display_applied_on": "2_product_category",
                "categ_id": chance.choice(categories).id,
            }
        else:
            rule |= {"applied_on": "3_global"}
        rules.append(rule)
    env["product.pricelist.item"].create(rules)
    return pricelist


def measure(env, call):
    """Return ``(seconds, queries, what the call returned)``, with an empty record cache."""
    env.flush_all()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    result = call()
    env.flush_all()
    return time.perf_counter() - start, env.cr.sql_log_count - queries, result


def make_book(env, pricelist, **values):
    return env["crm.price.book"].create(
        {
            "name": "Bench",
            "lang": "en_US",
            "pricelist_ids": [Command.set(pricelist.ids)],
            "quantities": QUANTITIES,
            **values,
        }
    )


def make_rows(env, pricelist, templates):
    """Make a version of a book of templates, up to its rows; return ``{template id: prices}``."""
    book = make_book(env, pricelist, level="template", product_ids=[Command.set(templates.ids)])
    book.action_create_version()
    version = book.version_ids
    while version.state == "waiting":
        version._crm_make_rows()
    return {row.product_id: row.prices for row in version._crm_iter_rows()}


def odoo_prices(env, pricelist, templates):
    data = env["report.product.report_pricelist"]._get_report_data(
        {
            "pricelist_id": pricelist.id,
            "quantities": QUANTITIES,
            "active_model": "product.template",
            "active_ids": templates.ids,
        },
        "pdf",
    )
    return {
        product["id"]: [product["price"][quantity] for quantity in QUANTITIES]
        for product in data["products"]
    }


def row(title, value, unit, limit=None, least=False):
    over = limit is not None and (value < limit if least else value > limit)
    bound = "" if limit is None else f"{'at least' if least else 'at most'} {limit:g}"
    print(f"{title:58} {value:10.1f} {unit:8} {bound}{'  MISSED' * over}", flush=True)
    return over


def main(database):
    env = environment(database)
    print(f"load before: {os.getloadavg()[0]:.1f}")
    salesperson, pricelist, root, templates = generate(env)
    mine = env(user=salesperson.id)
    failed = False

    def ours(some=templates):
        seconds, queries, prices = measure(mine, lambda: make_rows(mine, pricelist, some))
        mine.cr.rollback()
        mine.transaction.clear()
        return seconds, queries, prices

    ours()
    turns = [ours() for _turn in range(TURNS // 2)]
    their_seconds, their_queries, their_prices = measure(
        mine, lambda: odoo_prices(mine, pricelist, templates)
    )
    turns += [ours() for _turn in range(TURNS - TURNS // 2)]
    seconds = statistics.median(turn[0] for turn in turns)
    _spent, queries, prices = turns[-1]
    assert len(prices) == PRODUCTS
    wrong = [product for product, values in their_prices.items() if prices[product] != values]
    assert not wrong, f"{len(wrong)} products have other prices than in Odoo, as {wrong[0]}"
    count = PRODUCTS * len(QUANTITIES)
    print(f"{count} prices over {RULES} rules: all of them equal")
    row("price book, made and stored", seconds, "s")
    row("price-list report of Odoo", their_seconds, "s")
    failed |= row("faster", their_seconds / seconds, "times", FASTER, least=True)
    row("queries of the price-list report of Odoo", their_queries, "queries")
    row(f"queries of the price book, {PRODUCTS} products", queries, "queries")
    ours(templates[:100])
    few, many = (ours(templates[:size])[1] for size in (100, 1000))
    row("queries of the price book, 100 products", few, "queries")
    failed |= row("queries of the price book, 1000 products", many, "queries", few)
    ids = f"{salesperson.id},{pricelist.id},{root.id}"
    env.cr.close()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, database, ids],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(done.stdout, end="")
    print(f"load after: {os.getloadavg()[0]:.1f}")
    sys.exit(failed or done.returncode)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main_spreadsheet(database, ids):
    """Make the spreadsheets of a short and a long book as the background does: committed step by
    step; the long one must need as little memory as the short one.
    """
    env = environment(database)
    user_id, pricelist_id, root_id = map(int, ids.split(","))
    env = env(user=user_id)
    pricelist = env["product.pricelist"].browse(pricelist_id)

    def make(count):
        last = f"B{count:06}"
        book = make_book(
            env,
            pricelist,
            category_ids=[Command.set([root_id])],
            product_domain=f"[('default_code', '<=', '{last}')]",
        )
        start = time.perf_counter()
        book.action_create_version()
        version = book.version_ids
        version.file_ids.sudo().filtered(lambda file: file.kind == "pdf").unlink()
        env.cr.commit()
        versions = env["crm.price.book.version"].sudo().browse(version.id)
        while versions._crm_make_step():
            env.cr.commit()
            env.invalidate_all()
        version = env["crm.price.book.version"].browse(version.id)
        assert version.row_count == count, version.row_count
        file = version.file_ids
        assert file.state == "done", file.error
        size = file.attachment_id.file_size / 1024 / 1024
        env.invalidate_all()
        return time.perf_counter() - start, size

    make(100)
    make(SHORT)
    before = peak()
    seconds, size = make(LONG)
    row(f"spreadsheet of {LONG} products", seconds, "s")
    row("  its size", size, "MB")
    row("  peak memory", peak(), "MB")
    failed = row(f"  more than that of {SHORT} products", peak() - before, "MB", GROWTH_MB)
    env.cr.close()
    sys.exit(failed)


if __name__ == "__main__":
    if sys.argv[2:]:
        main_spreadsheet(*sys.argv[1:])
    else:
        main(sys.argv[1])
