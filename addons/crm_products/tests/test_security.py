# SPDX-License-Identifier: LGPL-3.0-or-later
"""What somebody finds out or changes who calls methods instead of clicking, as the weakest user."""

import io
import zipfile
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation, SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Date
from odoo.modules.registry import Registry
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger

from ..importing import reader
from ..models import crm_price_history
from .common_import import CrmImportCommon, xlsx
from .common_price_update import CrmPriceUpdateCommon
from .test_price_book import CrmPriceBookCommon

COSTS = "crm_products.crm_products_group_cost"


@tagged("post_install", "-at_install")
class TestCostsStayHidden(CrmPriceUpdateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_plain_manager = cls._crm_new_user("plain_manager", "sales_team.group_sale_manager")
        cls.env.ref("sales_team.group_sale_manager").implied_ids -= cls.env.ref(COSTS)
        cls.weak = cls.user_salesman_all | cls.user_plain_manager
        cls.weak.group_ids += cls.env.ref("base.group_allow_export")

    def _secret_fields(self):
        for model_name in self.registry:
            model = self.env[model_name]
            if not model._abstract:
                for field in model._fields.values():
                    if COSTS in (field.groups or "").split(","):
                        yield model, field

    def _find_nothing(self, records, name):
        some = records.search([], limit=1)
        # Of the documents of other addons there may be none to export.
        export = {"export": lambda: some.export_data([name])["datas"]} if some else {}
        for what, attempt in {
            **export,
            "read": lambda: some.read([name]),
            "search": lambda: records.search([(name, "!=", 0)]),
            "sort": lambda: records.search([], order=name),
            "group": lambda: records.formatted_read_group([], [name], []),
            "sum": lambda: records.formatted_read_group([], [], [f"{name}:max"]),
        }.items():
            try:
                found = attempt()
            except (AccessError, ValueError):
                continue
            self.fail(f"{what}: {found}")

    def test_restricted_fields_are_found_by_nobody_in_any_way(self):
        self._simulated(self.user_plain_manager)
        self._create_vendor_price()
        self._create_fixed()
        seen = set()
        for model, field in self._secret_fields():
            seen.add(str(field))
            for user in self.weak:
                records = model.with_user(user)
                if not records.has_access("read"):
                    continue
                with self.subTest(field=str(field), user=user.login):
                    self.assertNotIn(field.name, records.fields_get())
                    self._find_nothing(records, field.name)
        self.assertGreater(len(seen), 15, seen)

    def test_relation_to_a_restricted_field_finds_nothing(self):
        lines = self.env["crm.price.update.line"].with_user(self.user_plain_manager)
        for domain in (
            [("margin_after", "<", 0.5)],
            [("update_id.line_ids.margin_after", "<", 0.5)],
            [("update_id", "any", [("line_ids", "any", [("reference_price", ">", 1)])])],
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                lines.search(domain)


@tagged("post_install", "-at_install")
class TestOutsiders(CrmPriceUpdateCommon):
    def _models(self):
        names = (
            self.env["ir.model.data"]
            .search([("module", "=", "crm_products"), ("model", "=", "ir.model")])
            .mapped("res_id")
        )
        for model in self.env["ir.model"].browse(names):
            if model.model.startswith("crm.") and not self.env[model.model]._abstract:
                yield self.env[model.model]

    def test_nobody_outside_sales_opens_what_the_module_adds(self):
        public = self.env.ref("base.public_user")
        models = list(self._models())
        self.assertGreater(len(models), 11)
        for model in models:
            for user in (self.user_portal, public, self.user_employee):
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(model=model._name, user=user.login, operation=operation):
                        self.assertFalse(model.with_user(user).has_access(operation))

    def test_customers_read_no_field_of_ours_on_what_they_read(self):
        for user in (self.user_portal, self.env.ref("base.public_user")):
            for record in (self.env.company, user.partner_id):
                own = record.with_user(user)
                names = [
                    name
                    for name, field in own._fields.items()
                    if name.startswith("crm_") and field._module == "crm_products"
                ]
                self.assertTrue(names)
                for name in names:
                    with self.subTest(user=user.login, name=name):
                        with self.assertRaises(AccessError):
                            own.read([name])
                        with self.assertRaises(AccessError):
                            own.search([(name, "!=", False)])


@tagged("post_install", "-at_install")
class TestForgedVersions(CrmPriceBookCommon):
    """Versions, their rows and files are made by the system for whoever asks; nothing in the
    call of that user gets into them.
    """

    FORGED = [[1, "", "FAKE", "", "Forged", "", "", [0.01, 0.01]]]

    def test_context_of_the_call_puts_no_rows_into_a_version(self):
        book = self.book.with_context(
            default_state="done",
            default_data=self.FORGED,
            default_error="Forged",
            default_new_count=7,
            default_line_done=3,
        )
        book.action_create_version()
        version = self.book.version_ids
        self.assertEqual(version.state, "done")
        self.assertNotIn("Forged", [row.name for row in self._rows(version)])
        self.assertEqual(len(self._rows(version)), 4)
        self.assertEqual(version.file_ids.mapped("state"), ["done", "done"])
        self.assertFalse(version.error or version.new_count)
        self.assertTrue(all(version.file_ids.mapped("attachment_id")))

    def test_defaults_of_a_user_put_no_rows_into_a_version(self):
        defaults = self.env["ir.default"].with_user(self.user_salesman)
        defaults.set("crm.price.book.version", "state", "done", user_id=True)
        defaults.set("crm.price.book.file", "state", "done", user_id=True)
        version = self._version()
        self.assertEqual(len(self._rows(version)), 4)
        self.assertTrue(all(version.file_ids.mapped("attachment_id")))

    def test_file_is_private_whatever_the_context_says(self):
        self.book.with_context(
            default_public=True,
            default_access_token="guess",
            default_res_field="x",
            default_url="http://localhost/",
            default_type="url",
        ).action_create_version()
        for attachment in self.book.version_ids.file_ids.attachment_id:
            self.assertFalse(attachment.public or attachment.access_token or attachment.url)
            self.assertEqual(attachment.type, "binary")
            self.assertFalse(attachment.res_field)

    def test_nobody_writes_the_number_of_the_next_version(self):
        self._version()
        with self.assertRaisesRegex(UserError, "nobody writes"):
            self.book.version_seq = 0
        with self.assertRaisesRegex(UserError, "nobody writes"):
            self._create_book(version_seq=7)

    def test_nobody_changes_what_was_sent(self):
        version = self._version()
        for user in (self.user_salesman, self.user_manager):
            own = version.with_user(user)
            attachment = own.file_ids.attachment_id[:1]
            for write in (
                lambda own=own: own.write({"settings": {}}),
                lambda own=own: own.file_ids.write({"state": "waiting"}),
                lambda own=own: own.file_ids.unlink(),
                lambda own=own: own.unlink(),
                lambda own=own: own.book_id.write(
                    {"version_ids": [Command.update(own.id, {"settings": {}})]}
                ),
                lambda own=own: own.book_id.write({"version_ids": [Command.delete(own.id)]}),
                lambda own=attachment: own.write({"raw": b"forged"}),
                lambda own=attachment: own.unlink(),
                lambda own=attachment: own.copy({"name": "Copy"}),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    write()

    def test_files_are_read_by_those_who_may_read_the_book_only(self):
        version = self._version()
        attachments = version.file_ids.attachment_id.sudo()
        parts = version.file_ids
        others = (
            self.user_salesman_other,
            self.user_portal,
            self.env.ref("base.public_user"),
            self.user_employee,
            self.user_company_b,
        )
        for user in others:
            with self.subTest(user=user.login):
                self.assertFalse(attachments.with_user(user).has_access("read"))
                self.assertFalse(parts.with_user(user).has_access("read"))
                self.assertFalse(
                    self.env["ir.attachment"]
                    .with_user(user)
                    .search([("id", "in", attachments.ids)])
                )
        self.book.with_user(self.user_manager).action_publish()
        self.assertTrue(attachments.with_user(self.user_salesman_other).has_access("read"))
        self.assertFalse(attachments.with_user(self.user_company_b).has_access("read"))

    def test_changes_are_those_since_an_earlier_version_of_the_same_book(self):
        first, second = self._version(), self._version()
        other = self._version(self._create_book(name="Other"))
        compare = self.env["crm.price.book.compare"].with_user(self.user_salesman)
        for version, base in ((second, other), (first, second), (second, second)):
            wizard = compare.create({"version_id": version.id, "base_version_id": base.id})
            with self.assertRaises(UserError):
                wizard.action_export()
        self.assertEqual(len(second.file_ids), 2)
        wizard = compare.create({"version_id": second.id, "base_version_id": first.id})
        wizard.action_export()
        self.assertEqual(len(second.file_ids), 3)

    def test_draft_of_somebody_else_is_compared_by_nobody(self):
        first, second = self._version(), self._version()
        compare = self.env["crm.price.book.compare"].with_user(self.user_salesman_other)
        with self.assertRaises(AccessError):
            wizard = compare.create({"version_id": second.id, "base_version_id": first.id})
            wizard.action_export()

    def test_quantities_are_numbers_above_zero(self):
        for quantities in (["x"], [0], [-1.0], {"a": 1}, [[1]], "12", [True], [1e300], [None]):
            with (
                self.subTest(quantities=quantities),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self.book.quantities = quantities
        self.book.quantities = [1, 2.5]

    def test_filter_that_cannot_be_searched_is_refused(self):
        for text in (
            "[('name', '=', 'a\\x00')]",
            "[('seller_ids', 'any!', [('price', '>', 1)])]",
            "[('create_date', '>', 'nonsense')]",
            "[('name', 'in', [" + "[" * 50 + "]" * 50 + "])]",
            "(" * 5000 + ")" * 5000,
            "-" * 20000 + "1",
        ):
            with (
                self.subTest(text=text[:60]),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self.book.product_domain = text
                self.book._crm_product_ids()

    def test_report_prints_no_more_than_a_part_at_once(self):
        version = self._version()
        report = self.env["report.crm_products.report_crm_price_book"].with_user(self.user_salesman)
        for data in ({"count": 10**9}, {"count": "x"}, {"first": -5}, {"base_version_id": "x"}):
            with self.subTest(**data):
                values = report._get_report_values(version.ids, data)
                self.assertFalse(values["base"])
        with self.assertRaises(AccessError):
            report.with_user(self.user_salesman_other)._get_report_values(version.ids, {})

    def test_name_of_a_file_is_one_line(self):
        self.book.title = "Prices\r\nX-Header: 1\x07"
        self.assertTrue(
            all(
                name.isprintable() for name in self._version().file_ids.attachment_id.mapped("name")
            )
        )


@tagged("post_install", "-at_install")
class TestForgedUpdates(CrmPriceUpdateCommon):
    """What is applied is what was simulated and, if it is large, approved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.write({"crm_price_approval": True, "crm_price_approval_limit": 0.1})

    def test_price_that_is_no_number_hides_no_large_change(self):
        update = self._simulated()
        self._line(update, self.dear).new_price = 5000.0
        self.assertTrue(update.needs_approval)
        for price in (float("nan"), float("inf"), -float("inf"), 1e300):
            with (
                self.subTest(price=price),
                self.assertRaisesRegex(UserError, "no price"),
                self.env.cr.savepoint(),
            ):
                self._line(update).new_price = price
            self.env.invalidate_all()
        self.assertTrue(update.needs_approval)

    def test_formula_with_impossible_numbers_is_refused(self):
        for values in (
            {"value": float("nan")},
            {"value": float("inf")},
            {"value": 1e300},
            {"rounding": float("nan")},
            {"rounding": 1e-300},
            {"rounding": 1e300},
            {"rounding": 1.0, "ending": float("nan")},
            {"rounding": 1.0, "ending": 1e300},
        ):
            with (
                self.subTest(**values),
                self.assertRaisesRegex(UserError, "too large|too small|not a number"),
                self.env.cr.savepoint(),
            ):
                self._simulated(**values)

    def test_context_and_own_defaults_get_into_no_line(self):
        defaults = self.env["ir.default"].with_user(self.user_pricer)
        defaults.set("crm.price.update.line", "state", "applied", user_id=True)
        defaults.set("crm.price.update.line", "method", "create", user_id=True)
        defaults.set("crm.price.update.line", "is_manual", True, user_id=True)
        update = self._create_update()
        update.with_context(default_change=0.0, default_old_price=7.0).action_simulate()
        self.assertEqual(set(update.line_ids.mapped("state")), {"todo"})
        self.assertEqual(set(update.line_ids.mapped("method")), {"write"})
        self.assertFalse(any(update.line_ids.mapped("is_manual")))
        self.assertAlmostEqual(update.largest_change, 0.05)

    def test_context_and_own_defaults_get_into_no_new_rule(self):
        defaults = self.env["ir.default"].with_user(self.user_pricer)
        defaults.set("product.pricelist.item", "min_quantity", 7.0, user_id=True)
        update = self._simulated(
            target="pricelist", pricelist_id=self.pricelist.id, create_missing=True
        )
        update.with_context(
            default_min_quantity=5.0, default_base="pricelist", default_date_end="2000-01-01"
        ).action_apply()
        rules = update.line_ids.new_item_id
        self.assertEqual(len(rules), 3)
        self.assertEqual(set(rules.mapped("min_quantity")), {0.0})
        self.assertFalse(any(rules.mapped("date_end")))

    def test_commands_of_an_update_change_no_line_of_another(self):
        own, other = self._simulated(), self._simulated(self.user_boss)
        line = other.line_ids[0]
        for command in (
            Command.create({"new_price": 1.0}),
            Command.link(line.id),
            Command.set(line.ids),
            Command.update(line.id, {"state": "applied"}),
            Command.update(line.id, {"update_id": own.id}),
            Command.update(line.id, {"change": 0.0}),
        ):
            with (
                self.subTest(command=command),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                own.write({"line_ids": [command]})
                own.flush_recordset()
        with self.assertRaises(UserError):
            self._create_update(line_ids=[Command.link(line.id)])
        self.assertEqual(line.update_id, other)

    def test_import_of_updates_sets_no_state(self):
        updates = self.env["crm.price.update"].with_user(self.user_pricer)
        for name, value in (("state", "To Approve"), ("user_id", self.user_boss.name)):
            result = updates.load(["name", name], [["Forged", value]])
            self.assertFalse(result["ids"])
            self.assertIn("use its buttons", result["messages"][0]["message"])

    def test_copy_of_what_waits_for_approval_is_a_draft(self):
        update = self._simulated(value=50.0)
        update.action_apply()
        self.assertEqual(update.state, "to_approve")
        copy = update.with_user(self.user_boss).copy()
        self.assertEqual((copy.state, copy.user_id), ("draft", self.user_boss))
        self.assertFalse(copy.submitted_by_id or copy.line_ids)
        with self.assertRaises(UserError):
            update.copy({"state": "scheduled"})

    def test_only_those_who_may_open_it_are_asked_for_approval(self):
        self.env.ref("sales_team.group_sale_manager").implied_ids -= self.env.ref(COSTS)
        self.user_pricer.group_ids += self.env.ref(COSTS)
        update = self._simulated(base="cost", value=150.0)
        with self.assertRaisesRegex(UserError, "there is none"):
            update.action_apply()
        self.user_boss.group_ids += self.env.ref(COSTS)
        update.action_apply()
        self.assertEqual(update.state, "to_approve")

    def test_undo_leaves_a_new_rule_that_was_changed_in_any_way(self):
        self.env.company.crm_price_approval = False
        for values in (
            {"min_quantity": 3.0},
            {"date_end": "2040-01-01 00:00:00"},
            {"date_start": "2020-01-01 00:00:00"},
            {"applied_on": "3_global", "product_tmpl_id": False},
        ):
            with self.subTest(**values):
                update = self._simulated(
                    target="pricelist", pricelist_id=self.pricelist.id, create_missing=True
                )
                update.action_apply()
                rule = self._line(update).new_item_id
                rules = update.line_ids.new_item_id
                rule.write(values)
                update.action_revert()
                self.assertEqual(self._line(update).state, "kept")
                self.assertEqual(rules.exists(), rule)
                rule.unlink()

    def test_undo_leaves_what_replaced_a_rule_and_was_changed_since(self):
        self.env.company.crm_price_approval = False
        for values in ({"min_quantity": 3.0}, {"date_end": "2040-01-01 00:00:00"}):
            with self.subTest(**values):
                rule = self._create_fixed()
                update = self._simulated(
                    target="pricelist",
                    pricelist_id=self.pricelist.id,
                    date_effective=Date.today() + timedelta(days=5),
                )
                update.action_apply()
                new = update.line_ids.new_item_id
                new.write(values)
                update.action_cancel()
                self.assertEqual(update.line_ids.state, "kept")
                self.assertTrue(new.exists() and rule.date_end)
                (new | rule).unlink()


@tagged("post_install", "-at_install")
class TestForgedImports(CrmImportCommon):
    ROWS = (["Reference", "Name", "Sales Price"], ["NEW-1", "New", 1])

    def test_nobody_writes_what_an_import_has_done(self):
        record = self._import("product", *self.ROWS)
        for values in (
            {"state": "queued"},
            {"state": "done"},
            {"preview": b"eA=="},
            {"result": b"eA=="},
            {"digest": "0"},
            {"problem_count": 0},
            {"progress": 100},
        ):
            with self.subTest(**values):
                with self.assertRaisesRegex(UserError, "use its buttons"):
                    record.write(values)
                with self.assertRaisesRegex(UserError, "use its buttons"):
                    record.create({"kind": "product", **values})
        self.assertEqual(record.state, "preview")

    def test_context_and_own_defaults_begin_no_import(self):
        admin = self.env.ref("base.user_admin")
        imports = self.env["crm.price.import"].with_user(self.user_product_manager)
        defaults = self.env["ir.default"].with_user(self.user_product_manager)
        defaults.set("crm.price.import", "state", "queued", user_id=True)
        record = imports.with_context(
            default_user_id=admin.id, default_company_id=self.company_b.id
        ).create({"kind": "product"})
        self.assertEqual(record.state, "draft")
        self.assertEqual(record.user_id, self.user_product_manager)
        self.assertEqual(record.company_id, self.env.company)
        shown = imports.with_context(default_user_id=admin.id).default_get(["user_id", "state"])
        self.assertEqual(
            shown, {"user_id": self.user_product_manager.id, "state": "draft"}, "for a client"
        )

    def test_context_gets_into_nothing_that_is_imported(self):
        record = self._import("product", *self.ROWS)
        record.with_context(
            default_standard_price=7.0, default_list_price=9.0, default_active=False
        ).action_confirm()
        product = self.env["product.product"].search([("default_code", "=", "NEW-1")])
        self.assertEqual((product.lst_price, product.standard_price), (1.0, 0.0))

    def test_file_that_is_changed_is_checked_again(self):
        record = self._import("product", *self.ROWS)
        record.file = False
        self.assertEqual(record.state, "draft")
        with self.assertRaisesRegex(UserError, "Check the file first"):
            record.action_confirm()

    def test_file_with_errors_of_what_cannot_be_read_says_why(self):
        unreadable = self._import("product", content=b"PK\x03\x04 no zip")
        with self.assertRaisesRegex(UserError, "cannot be read as XLSX"):
            unreadable._crm_errors_file()
        empty = unreadable.create({"kind": "product"})
        with self.assertRaisesRegex(UserError, "The file is empty"):
            empty._crm_errors_file()

    def test_user_who_left_imports_nothing(self):
        record = self._import("product", *self.ROWS)
        record.sudo().state = "queued"
        self.user_product_manager.active = False
        values = record.sudo()._crm_run()
        self.assertEqual(values["state"], "preview")
        self.assertIn("is not active any more", values["notice"])
        self.assertFalse(self.env["product.product"].search([("default_code", "=", "NEW-1")]))

    def test_code_that_finds_no_place_in_the_database_is_an_error_of_its_line(self):
        code = "".join(f"{number:x}" for number in range(3000))
        record = self._import("product", self.ROWS[0], [code, "Long", 1], ["NEW-1", "New", 1])
        [(line, column, message)] = self._problems(record)
        self.assertEqual((line, column), (2, "Internal Reference"))
        self.assertIn("longer than 500 characters", message)

    def _with_part(self, name, content):
        """Return an XLSX file of which a part is replaced."""
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(xlsx(*self.ROWS))) as source,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for entry in source.infolist():
                known = source.read(entry.filename)
                target.writestr(entry.filename, content(known) if entry.filename == name else known)
        return stream.getvalue()

    def test_styles_that_need_too_much_memory_are_not_read(self):
        content = self._with_part("xl/styles.xml", lambda known: known + b" " * 200_000)
        with patch.object(reader, "_MOST_BESIDE_CELLS", 100_000):
            self.assertIn("unpacked", self._said(self._import("product", content=content)))
        self.assertFalse(self._said(self._import("product", content=content)))

    def test_texts_that_are_defined_by_the_file_are_not_read(self):
        for prolog in (
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
            b'<!-- <x -->\n<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        ):
            for encoding in ("utf-8", "utf-16"):
                content = self._with_part(
                    "xl/worksheets/sheet1.xml",
                    lambda known, prolog=prolog, encoding=encoding: (
                        (prolog + known[known.index(b"<worksheet") :]).decode().encode(encoding)
                    ),
                )
                said = self._said(self._import("product", content=content))
                self.assertIn("cannot be read as XLSX", said)
        with_comment = self._with_part(
            "xl/worksheets/sheet1.xml",
            lambda known: b"<!-- made by hand -->" + known[known.index(b"<worksheet") :],
        )
        self.assertFalse(self._said(self._import("product", content=with_comment)))


@tagged("post_install", "-at_install")
class TestOddArguments(CrmPriceUpdateCommon):
    """Methods that a client calls answer to anything: with nothing, or with a sentence."""

    LONG = "".join(f"{number:x}" for number in range(3000))

    def test_context_of_a_search_names_a_customer_or_nobody(self):
        for customer in ("x", [1], {"a": 1}, True, 1.5, None):
            products = self.env["product.product"].with_user(self.user_salesman)
            with self.subTest(customer=customer):
                self.assertFalse(products.with_context(partner_id=customer)._crm_customer())

    def test_prices_that_do_not_exist_are_not_found(self):
        lines = self.env["crm.price.line"].with_user(self.user_salesman)
        for ids in ([2**62], [-5], [0], [2**33]):
            with self.subTest(ids=ids):
                self.assertFalse(lines.search([("id", "in", ids)]))

    def test_context_of_the_prices_is_a_product_or_nothing(self):
        rule = self._create_rule()
        for value in ("x", [1, 2], True, 2**40, -1):
            shown = rule.with_user(self.user_salesman).with_context(crm_price_tmpl_id=value)
            with self.subTest(value=value):
                self.assertFalse(shown.crm_unit_price)

    def test_text_that_is_too_long_is_refused_with_a_sentence(self):
        account = self.env["res.partner"].create({"name": "Account", "is_company": True})
        for model, values in (
            ("crm.price.book", {"name": self.LONG}),
            (
                "crm.customer.product",
                {
                    "account_id": account.id,
                    "product_tmpl_id": self.product.id,
                    "customer_code": self.LONG,
                },
            ),
        ):
            records = self.env[model].with_user(self.user_salesman)
            with (
                self.subTest(model=model),
                self.assertRaises(CheckViolation) as refused,
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                records.create(values)
            said = records._sql_error_to_message(refused.exception)
            self.assertIn("longer than 500 characters", said)

    def test_codes_of_another_company_are_found_by_nobody(self):
        account = self.env["res.partner"].create({"name": "Account", "is_company": True})
        row = self.env["crm.customer.product"].create(
            {
                "account_id": account.id,
                "product_tmpl_id": self.product.id,
                "customer_code": "OF-B",
                "company_id": self.company_b.id,
            }
        )
        own = row.with_user(self.user_salesman)
        self.assertFalse(own.search([("customer_code", "=", "OF-B")]))
        self.assertFalse(own.has_access("write"))
        products = self.env["product.template"].with_user(self.user_salesman)
        found = products.with_context(partner_id=account.id).name_search("OF-B")
        self.assertFalse(found)
        self.assertTrue(row.with_user(self.user_company_b).has_access("write"))
        with self.assertRaises(AccessError):
            own.create(
                {
                    "account_id": account.id,
                    "product_tmpl_id": self.cheap.id,
                    "company_id": self.company_b.id,
                }
            )

    def test_books_and_updates_are_made_in_no_company_of_others(self):
        for model, user in (
            ("crm.price.book", self.user_salesman),
            ("crm.price.update", self.user_manager),
            ("crm.price.import", self.user_manager),
        ):
            values = {"name": "Elsewhere"} if model != "crm.price.import" else {"kind": "price"}
            records = self.env[model].with_user(user)
            with self.subTest(model=model), self.assertRaises(UserError):
                records.create({**values, "company_id": self.company_b.id})

    def test_list_of_another_company_is_explained_to_nobody(self):
        other = self.env["product.pricelist"].create({"name": "B", "company_id": self.company_b.id})
        wizard = self.env["crm.price.explanation"].with_user(self.user_salesman)
        with self.assertRaises(AccessError):
            wizard.create({"product_tmpl_id": self.product.id, "pricelist_id": other.id}).read(
                ["explanation"]
            )

    def test_explanation_of_a_chain_tells_no_cost(self):
        base = self.env["product.pricelist"].create({"name": "On cost", "company_id": False})
        self._create_rule(
            pricelist_id=base.id,
            compute_price="formula",
            base="standard_price",
            price_markup=23.0,
            price_surcharge=4.0,
        )
        self._create_rule(
            compute_price="formula",
            base="pricelist",
            base_pricelist_id=base.id,
            price_discount=10.0,
        )
        self.product.standard_price = 61.5
        explained = str(
            self.pricelist.with_user(self.user_salesman)._crm_explain_price(
                self.product.with_user(self.user_salesman)
            )
        )
        for secret in ("61.5", "23", "4.00", "14.1"):
            self.assertNotIn(secret, explained)
        self.assertIn(
            "61.5",
            str(
                self.pricelist.with_user(self.user_cost)._crm_explain_price(
                    self.product.with_user(self.user_cost)
                )
            ),
        )

    def test_curves_of_prices_read_a_bounded_part_of_the_history(self):
        history = self.env["crm.price.history"].with_user(self.user_pricer)
        for price in (101.0, 102.0, 103.0):
            self.product.list_price = price
            history._crm_insert_pending()
        domain = [("product_tmpl_id", "=", self.product.id), ("kind", "=", "sales")]
        with patch.object(crm_price_history, "_MOST_ROWS", 2):
            [curve] = history.crm_price_curves(domain)
        self.assertEqual(curve["points"][-1][1], 103.0)
        self.assertEqual(curve["points"][0][1], 101.0)

    def test_history_tells_nobody_else_of_costs(self):
        self.product.standard_price = 77.0
        self._create_vendor_price(price=33.0)
        self._create_rule(compute_price="formula", base="standard_price", price_markup=5.0)
        history = self.env["crm.price.history"].with_user(self.user_salesman)
        secret = history.sudo().search([("confidential", "=", True)])
        self.assertTrue(secret)
        self.assertFalse(history.search([("id", "in", secret.ids)]))
        self.assertFalse(history.search([("kind", "in", ("cost", "vendor"))]))
        self.assertFalse(history.crm_price_curves([("kind", "in", ("cost", "vendor"))]))
        self.assertFalse(history._read_group([("kind", "=", "cost")], [], ["new_value:sum"])[0][0])
        with self.assertRaises(AccessError):
            history.browse(secret.ids).read(["new_value"])
        for user in (self.user_salesman, self.user_manager):
            with self.assertRaises(AccessError):
                history.with_user(user).create({"kind": "sales", "change": "new"})
            with self.assertRaises(AccessError):
                secret.with_user(user).unlink()


@tagged("post_install", "-at_install")
class TestApprovalRace(BaseCase):
    """Two people at once, in transactions of their own that are really committed."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.user_id = env.ref("base.user_admin").id
            product = env["product.template"].create({"name": "Shelf", "list_price": 100.0})
            self.addCleanup(self._clean_up, product.id)
            update = (
                env["crm.price.update"]
                .with_user(self.user_id)
                .create({"name": "Shelves", "product_tmpl_ids": product.ids, "value": 5.0})
            )
            update.action_simulate()
            self.update_id, self.line_id = update.id, update.line_ids.id

    def _clean_up(self, product_id):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            update = env["crm.price.update"].browse(self.update_id)
            update.write({"state": "cancel"})
            update.unlink()
            env["product.template"].browse(product_id).unlink()
            env["crm.price.history"]._crm_insert_pending()
            cr.execute(
                "DELETE FROM crm_price_history WHERE res_model = %s AND res_id = %s",
                ("product.template", product_id),
            )

    def test_price_by_hand_never_changes_what_was_sent_for_approval(self):
        with self.registry.cursor() as slow:
            line = api.Environment(slow, self.user_id, {})["crm.price.update.line"].browse(
                self.line_id
            )
            self.assertEqual(line.update_id.state, "simulated")
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["crm.price.update"].browse(self.update_id).state = "to_approve"
            # Odoo starts the call again, which then finds that it comes too late.
            with self.assertRaises(SerializationFailure):
                line.new_price = 999.0
            slow.rollback()
            with self.assertRaisesRegex(UserError, "cannot be changed any more"):
                line.new_price = 999.0
            slow.rollback()
