# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whatever is applied, undoing it gives exactly the old prices back, and nothing else."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.crm_products.tests.common_price_update import CrmPriceUpdateCommon

_price = st.floats(0.01, 99999, allow_nan=False, allow_infinity=False)
_formula = st.fixed_dictionaries(
    {
        "target": st.sampled_from(["list_price", "pricelist", "discount", "vendor"]),
        "base": st.sampled_from(["current", "list_price", "cost", "vendor"]),
        "operation": st.sampled_from(["percent", "amount", "margin"]),
        "value": st.floats(-95, 95, allow_nan=False).map(lambda value: round(value, 3)),
        "rounding": st.sampled_from([0.0, 0.05, 1.0, 10.0]),
        "ending": st.sampled_from([0.0, -0.01, 0.5]),
        "rounding_method": st.sampled_from(["HALF-UP", "UP", "DOWN"]),
        "create_missing": st.booleans(),
        "keep_above_cost": st.booleans(),
    }
)


@tagged("post_install", "-at_install")
class TestPriceUpdateProperty(CrmPriceUpdateCommon):
    def _state(self):
        """Return every price of the test products, as precisely as the database has it."""
        self.env.cr.flush()
        rows = []
        for query in (
            "SELECT id, list_price FROM product_template WHERE id = ANY(%s)",
            "SELECT id, fixed_price, percent_price, date_start, date_end, compute_price"
            + " FROM product_pricelist_item WHERE product_tmpl_id = ANY(%s)",
            "SELECT id, price, discount, date_start, date_end FROM product_supplierinfo"
            + " WHERE product_tmpl_id = ANY(%s)",
        ):
            self.env.cr.execute(query + " ORDER BY id", (self.products.ids,))
            rows.append(self.env.cr.fetchall())
        return rows

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
    )
    @given(
        formula=_formula,
        prices=st.lists(_price, min_size=9, max_size=9),
        days=st.integers(-1, 5),
        by_hand=st.sets(st.integers(0, 2)),
    )
    def test_undoing_restores_exactly_what_nobody_changed(self, formula, prices, days, by_hand):
        with self._undone():
            self._check(formula, prices, days, by_hand)

    def _check(self, formula, prices, days, by_hand):
        for product, (price, fixed, asked) in zip(
            self.products, zip(*[iter(prices)] * 3, strict=True), strict=True
        ):
            product.list_price = price
            self._create_fixed(product, fixed)
            self._create_rule(
                applied_on="1_product", product_tmpl_id=product.id, percent_price=fixed % 50
            )
            self._create_vendor_price(product_tmpl_id=product.id, price=asked)
        before = self._state()
        update = self._create_update(
            categ_ids=False,
            product_tmpl_ids=[(6, 0, self.products.ids)],
            pricelist_id=self.pricelist.id,
            date_effective=fields.Date.today() + timedelta(days=days),
            **formula,
        )
        try:
            update.action_simulate()
            self.assertEqual(self._state(), before, "a simulation changes nothing")
            update.line_ids.filtered("problem").unlink()
            update.action_apply()
        except UserError:
            self.assertEqual(self._state(), before, "a refusal changes nothing")
            return
        later = update.state == "scheduled"
        if formula["target"] == "list_price" and not later:
            for position in by_hand:
                self.products[position].list_price += 7.0
            changed = self.products.browse(
                line.product_tmpl_id.id
                for line in update.line_ids
                if line.product_tmpl_id.list_price != line.new_price
            )
            before[0] = [
                (record_id, self.products.browse(record_id).list_price)
                if record_id in changed.ids or record_id not in update.line_ids.product_tmpl_id.ids
                else (record_id, price)
                for record_id, price in before[0]
            ]
        (update.action_cancel if later else update.action_revert)()
        self.assertEqual(self._state(), before)
