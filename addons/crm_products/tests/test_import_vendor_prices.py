# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .common_import import CrmImportCommon

_HEADINGS = [
    "ID",
    "Vendor",
    "Internal Reference",
    "Product",
    "Vendor Product Code",
    "Vendor Product Name",
    "Min. Quantity",
    "Price",
    "Currency",
    "Unit",
    "From",
    "Until",
    "Lead Time (Days)",
]


@tagged("post_install", "-at_install")
class TestImportVendorPrices(CrmImportCommon):
    def _prices(self, *rows, **options):
        defaults = {"Vendor": "Printer Works", "Internal Reference": "DSK-1", "Price": 55}
        return self._import(
            "vendor",
            _HEADINGS,
            *[[(defaults | row).get(heading) for heading in _HEADINGS] for row in rows],
            **options,
        )

    def _first_problem(self, *rows):
        return self._problems(self._prices(*rows))[0]

    def test_new_price_with_all_columns(self):
        currency = self.env.ref("base.EUR")
        currency.active = True
        price = self._confirm(
            self._prices(
                {
                    "Vendor Product Code": "PW-1",
                    "Vendor Product Name": "Printer",
                    "Min. Quantity": 10,
                    "Price": 55.5,
                    "Currency": "eur",
                    "Unit": self.env.ref("uom.product_uom_pack_6").name,
                    "From": date(2030, 1, 1),
                    "Until": date(2030, 12, 31),
                    "Lead Time (Days)": 7,
                }
            )
        )

        self.assertRecordValues(
            price,
            [
                {
                    "partner_id": self.vendor.id,
                    "product_tmpl_id": self.product.id,
                    "product_id": self.product.product_variant_id.id,
                    "product_code": "PW-1",
                    "product_name": "Printer",
                    "min_qty": 10,
                    "price": 55.5,
                    "currency_id": currency.id,
                    "product_uom_id": self.env.ref("uom.product_uom_pack_6").id,
                    "date_start": date(2030, 1, 1),
                    "date_end": date(2030, 12, 31),
                    "delay": 7,
                    "company_id": self.env.company.id,
                }
            ],
        )

    def test_price_with_the_same_key_is_changed(self):
        price = self._create_vendor_price(min_qty=5)
        self._create_vendor_price(min_qty=6)
        record = self._prices({"Min. Quantity": 5, "Vendor Product Code": "X"})

        self.assertEqual(
            self._list(record, "changed"),
            [
                [
                    2,
                    price.id,
                    "Printer Works · [DSK-1] Desktop printer",
                    {"price": [60.0, 55.0], "vendor_code": [None, "X"]},
                ]
            ],
        )
        self.assertEqual(self._confirm(record), price)
        self.assertEqual((price.price, price.product_code), (55, "X"))

    def test_price_of_the_template_and_of_its_only_variant_is_the_same(self):
        price = self._create_vendor_price()
        price.product_id = False

        self.assertEqual(self._confirm(self._prices({})), price)

    def test_id_changes_quantity_and_dates(self):
        price = self._create_vendor_price()
        self._confirm(
            self._prices({"ID": price.id, "Min. Quantity": 3, "Until": date(2030, 1, 31)})
        )

        self.assertEqual((price.min_qty, price.date_end), (3, date(2030, 1, 31)))

    def test_id_of_a_price_of_another_vendor(self):
        other = self.env["res.partner"].create({"name": "Other"})
        price = self._create_vendor_price(partner_id=other.id)

        self.assertEqual(self._first_problem({"ID": price.id})[1], "ID")

    def test_vendor_by_reference_and_tax_id(self):
        self.vendor.write({"ref": "V-77", "vat": "ESB12345674"})
        for text in ("V-77", "ESB12345674", "ES-B1234567.4", "Printer Works"):
            with self.subTest(text=text):
                record = self._prices({"Vendor": text})
                self._no_problems(record)
                self.assertEqual(record.new_count, 1)

    def test_vendor_of_a_name_that_two_have(self):
        self.vendor.copy({"name": "Printer Works", "ref": "PW2"})

        self.assertEqual(self._first_problem({})[:2], (2, "Vendor"))
        self._no_problems(self._prices({"Vendor": "PW2"}))

    def test_company_is_meant_and_not_its_contact_of_the_same_name(self):
        self.env["res.partner"].create({"name": "Printer Works", "parent_id": self.vendor.id})

        price = self._confirm(self._prices({}))
        self.assertEqual(price.partner_id, self.vendor)

    def test_errors_of_a_line(self):
        for row, column in (
            ({"Vendor": "Nobody"}, "Vendor"),
            ({"Vendor": None}, "Vendor"),
            ({"Internal Reference": "NONE"}, "Internal Reference"),
            ({"Internal Reference": None}, "Internal Reference"),
            ({"Price": None}, "Price"),
            ({"Price": -1}, "Price"),
            ({"Price": "cheap"}, "Price"),
            ({"Currency": "XXX"}, "Currency"),
            ({"Unit": "Nonsense"}, "Unit"),
            ({"Unit": "kg"}, "Unit"),
            ({"Lead Time (Days)": 1.5}, "Lead Time (Days)"),
            ({"From": date(2030, 2, 1), "Until": date(2030, 1, 1)}, "Until"),
        ):
            with self.subTest(row=row):
                problems = self._problems(self._prices(row))
                self.assertEqual([problem[:2] for problem in problems], [(2, column)])

    def test_all_errors_of_a_line_are_told_at_once(self):
        problems = self._problems(
            self._prices(
                {
                    "Vendor": "Nobody",
                    "Internal Reference": "NONE",
                    "Currency": "XXX",
                    "Unit": "Nonsense",
                    "Price": "x",
                }
            )
        )

        self.assertEqual(
            {column for _line, column, _said in problems},
            {"Vendor", "Internal Reference", "Currency", "Unit", "Price"},
        )

    def test_prices_that_differ_in_the_currency(self):
        currency = self.env.ref("base.EUR")
        currency.active = True
        self._create_vendor_price()
        euro = self._create_vendor_price(currency_id=currency.id)

        self.assertIn("2 prices", self._first_problem({})[2])
        self.assertEqual(self._confirm(self._prices({"Currency": "EUR"})), euro)

    def test_price_of_another_company_is_not_touched(self):
        price = self._create_vendor_price(company_id=self.company_b.id)
        new = self._confirm(self._prices({}))

        self.assertNotEqual(new, price)
        self.assertEqual(price.price, 60)

    def test_variant_has_its_own_price(self):
        attribute = self.env["product.attribute"].create(
            {"name": "Colour", "value_ids": [Command.create({"name": n}) for n in ("Red", "Blue")]}
        )
        shirt = self.env["product.template"].create(
            {
                "name": "Shirt",
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": attribute.id,
                            "value_ids": [Command.set(attribute.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        shirt.product_variant_ids[0].default_code = "RED"
        prices = self._confirm(
            self._prices(
                {"Internal Reference": "RED", "Price": 1},
                {"Internal Reference": None, "Product": "Shirt", "Price": 2},
            )
        )

        self.assertEqual(
            {price.product_id: price.price for price in prices},
            {shirt.product_variant_ids[0]: 1, self.env["product.product"]: 2},
        )
        self.assertEqual(prices.product_tmpl_id, shirt)

    def test_current_data_comes_back_without_a_change(self):
        self.vendor.copy({"name": "Printer Works", "ref": "PW2"})
        self.vendor.ref = "=PW1"
        self._create_vendor_price(product_code="=1+1", product_name="@x", min_qty=2.5)
        self._create_vendor_price(date_start="2029-01-01", date_end="2030-01-01", delay=3)
        self._create_vendor_price(date_end="2020-01-01")
        content = (
            self.env["crm.price.import"]
            .with_user(self.user_manager)
            ._crm_template("vendor", with_data=True)[1]
        )

        record = self._import("vendor", content=content)

        self._no_problems(record)
        self.assertEqual((record.new_count, record.changed_count), (0, 0))
        self.assertGreaterEqual(record.unchanged_count, 2)

    def test_archived_unit_and_currency_may_stay(self):
        currency = self.env.ref("base.EUR")
        currency.active = True
        unit = self.unit.copy({"name": "Crates", "relative_uom_id": self.unit.id})
        price = self._create_vendor_price(currency_id=currency.id, product_uom_id=unit.id)
        unit.active = currency.active = False
        row = {"Currency": "EUR", "Unit": "crates"}

        self.assertEqual(self._confirm(self._prices(row)), price)
        self.assertEqual(len(self._problems(self._prices(row | {"Min. Quantity": 7}))), 2)

    def test_queries_do_not_grow_with_the_lines(self):
        products = self.env["product.product"].create(
            [{"name": "Part", "default_code": f"Q-{number}"} for number in range(100)]
        )
        vendors = self.env["res.partner"].create(
            [{"name": f"Vendor {number}"} for number in range(50)]
        )

        def queries(count):
            record = self._prices(
                *[
                    {
                        "Vendor": vendors[number % 50].name,
                        "Internal Reference": products[number].default_code,
                        "Unit": "Units",
                    }
                    for number in range(count)
                ]
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            record.action_check()
            return self.env.cr.sql_log_count - before

        queries(5)
        self.assertEqual(queries(5), queries(100))
