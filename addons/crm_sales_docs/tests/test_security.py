# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from . import common


@tagged("post_install", "-at_install")
class TestSecurity(common.CrmSalesDocsCommon):
    """Who sees and does what with delivery notes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.note = cls._crm_note(cls._crm_order((cls.goods, 10), (cls.service, 1)))

    def _visible(self, user):
        return self.env["crm.delivery.note"].with_user(user).search([("id", "=", self.note.id)])

    # === SALES ===#
    def test_salesperson_sees_own_notes_and_lines(self):
        self.assertTrue(self._visible(self.user_salesman))
        self.assertEqual(len(self.note.line_ids), 2)

    def test_salesperson_does_not_see_the_notes_of_others(self):
        self.assertFalse(self._visible(self.user_salesman_other))
        with self.assertRaises(AccessError):
            self.note.with_user(self.user_salesman_other).action_validate()
        lines = self.env["crm.delivery.note.line"].with_user(self.user_salesman_other)
        self.assertFalse(lines.search([("note_id", "=", self.note.id)]))

    def test_salesperson_sees_unassigned_notes(self):
        self.note.user_id = False
        self.assertTrue(self._visible(self.user_salesman_other))

    def test_all_documents_role_and_manager_do_everything(self):
        for user in (self.user_salesman_all, self.user_manager):
            note = self._crm_note(self._crm_order()).with_user(user)
            note.action_validate()
            self.assertEqual(self._crm_invoice(note).amount_untaxed, 1000)

    def test_salesperson_converts_only_own_orders(self):
        order = self._crm_order().with_user(self.user_salesman_other)
        for action in (order.action_crm_create_delivery_note, order.action_crm_create_invoice):
            with self.assertRaises(AccessError):
                action()

    # === OTHERS ===#
    def test_employee_sees_nothing(self):
        with self.assertRaises(AccessError):
            self._visible(self.user_employee)
        for method in ("action_validate", "action_cancel", "action_create_invoice"):
            with self.assertRaises(AccessError):
                getattr(self.note.with_user(self.user_employee), method)()

    def test_portal_user_sees_nothing_of_others(self):
        self.note.action_validate()
        self.assertFalse(self._visible(self.user_portal))

    def test_other_company_sees_nothing(self):
        self.assertFalse(self._visible(self.user_company_b))
        with self.assertRaises(AccessError):
            self.note.with_user(self.user_company_b).action_validate()

    def test_note_cannot_take_the_order_line_of_another_company(self):
        note = (
            self.env["crm.delivery.note"]
            .with_user(self.user_company_b)
            .create({"partner_id": self.customer.id})
        )
        line = {
            "note_id": note.id,
            "product_id": self.goods.id,
            "sale_line_id": self.note.line_ids[0].sale_line_id.id,
        }
        with self.assertRaisesRegex(Exception, "company|companies"):
            self.env["crm.delivery.note.line"].sudo().create(line)

    def test_billing_reads_every_note_and_changes_none(self):
        note = self.note.with_user(self.user_invoice)
        self.assertEqual(note.amount_untaxed, 1050)
        self.assertEqual(len(note.line_ids), 2)
        for method in ("action_validate", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(note, method)()
        with self.assertRaises(AccessError):
            note.write({"driver": "Pedro"})

    # === DELIVERY ===#
    def test_delivery_role_corrects_quantities_and_validates(self):
        note = self.note.with_user(self.user_delivery)
        note.line_ids[0].quantity = 4
        note.driver = "Pedro"
        note.action_validate()
        self.assertEqual(self.note.state, "done")
        self.assertEqual(self.note.order_ids.order_line.mapped("qty_delivered"), [4, 1])

    def test_delivery_role_sees_no_price(self):
        note = self.note.with_user(self.user_delivery)
        for name in ("amount_untaxed", "amount_tax", "amount_total", "tax_totals"):
            with self.assertRaises(AccessError):
                note.read([name])
        for name in ("price_unit", "discount", "tax_ids", "price_subtotal", "price_total"):
            with self.assertRaises(AccessError):
                note.line_ids.read([name])
        with self.assertRaises(AccessError):
            note.line_ids.search([("price_unit", ">", 50)])

    def test_delivery_role_sees_no_order_and_makes_no_invoice(self):
        note = self.note.with_user(self.user_delivery)
        note.action_validate()
        with self.assertRaises(AccessError):
            note.action_create_invoice()
        with self.assertRaises(AccessError):
            note.order_ids.with_user(self.user_delivery).read(["name"])

    def test_delivery_role_makes_and_deletes_no_note(self):
        with self.assertRaises(AccessError):
            self._crm_direct_note(user=self.user_delivery)
        with self.assertRaises(AccessError):
            self.note.with_user(self.user_delivery).unlink()

    def test_delivery_role_validates_a_direct_note(self):
        note = self._crm_direct_note().with_user(self.user_delivery)
        note.action_validate()
        self.assertEqual(note.sudo().order_ids.user_id, self.user_salesman)

    def test_form_of_the_delivery_role_has_no_price(self):
        with Form(self.note.with_user(self.user_delivery)) as form:
            self.assertNotIn("amount_total", form._view["fields"])
            with form.line_ids.edit(0) as line:
                line.quantity = 3
        self.assertEqual(self.note.line_ids[0].quantity, 3)

    def test_salesperson_fills_in_a_direct_note(self):
        form = Form(self.env["crm.delivery.note"].with_user(self.user_salesman))
        form.partner_id = self.customer
        with form.line_ids.new() as line:
            line.product_id = self.goods
            line.quantity = 2
            self.assertEqual(line.price_unit, 100)
            line.product_id = self.service
            self.assertEqual(line.price_unit, 50)
        note = form.save()
        self.assertEqual(note.amount_untaxed, 100)
        self.assertEqual(note.partner_shipping_id, self.customer)

    def test_delivery_role_chooses_another_product_for_a_direct_note(self):
        note = self._crm_direct_note()
        with (
            Form(note.with_user(self.user_delivery)) as form,
            form.line_ids.edit(0) as line,
        ):
            line.product_id = self.service
        self.assertEqual(note.line_ids.price_unit, 50)

    def test_typed_price_does_not_pass_to_another_product(self):
        note = self._crm_direct_note((self.goods, 3, {"price_unit": 70}))
        with (
            Form(note.with_user(self.user_delivery)) as form,
            form.line_ids.edit(0) as line,
        ):
            line.product_id = self.goods_on_order
        self.assertEqual(note.line_ids.price_unit, 200)

    # === WHAT NOBODY WRITES ===#
    def test_fields_of_the_system_are_not_written_on_a_note(self):
        for values in (
            {"invoice_state": "done"},
            {"sequence_number": 999},
            {"sequence_prefix": "XX-"},
            {"amount_total": 1},
            {"origin": "S1"},
        ):
            with self.assertRaisesRegex(UserError, "nobody writes"):
                self.note.write(values)

    def test_fields_of_the_system_are_not_written_on_a_line(self):
        line = self.note.line_ids[0]
        for user in (self.user_salesman, self.user_delivery):
            for values in (
                {"state": "done"},
                {"qty_invoiced": -100},
                {"qty_to_invoice": 100},
                {"order_id": False},
            ):
                with self.assertRaisesRegex(UserError, "nobody writes"):
                    line.with_user(user).write(values)

    def test_defaults_do_not_set_fields_of_the_system(self):
        user = self.user_salesman
        notes = self.env["crm.delivery.note"].with_user(user)
        self.env["ir.default"].with_user(user).set(
            "crm.delivery.note.line", "qty_invoiced", -5, user_id=user.id
        )
        note = notes.with_context(default_state="done", default_name="NE-99999999").create(
            {"partner_id": self.customer.id, "line_ids": [Command.create({"quantity": 1})]}
        )
        self.assertRecordValues(note, [{"state": "draft", "name": False}])
        self.assertRecordValues(note.line_ids, [{"state": "draft", "qty_invoiced": 0}])

    def test_delivered_quantity_is_not_written_on_the_order(self):
        line = self.note.order_ids.order_line[0]
        for values in (
            {"qty_delivered": 7},
            {"crm_note_opening_qty": 7},
            {"qty_delivered_method": "manual"},
        ):
            with self.assertRaisesRegex(UserError, "follows from delivery notes"):
                line.write(values)

    def test_order_of_somebody_else_is_not_put_on_a_note(self):
        order_line = self.note.line_ids[0].sale_line_id
        values = {"product_id": self.goods.id, "sale_line_id": order_line.id}
        note = self._crm_direct_note(user=self.user_salesman_other)
        with self.assertRaises(AccessError):
            note.write({"line_ids": [Command.create(values)]})
        with self.assertRaises(AccessError):
            note.line_ids.sale_line_id = order_line

    def test_delivery_role_does_not_move_a_line_to_another_order(self):
        line = self.note.line_ids[0].with_user(self.user_delivery)
        other = self._crm_order(confirm=True).order_line
        for order_line in (other, other.browse()):
            with self.assertRaises(AccessError):
                line.sale_line_id = order_line

    # === SEVERAL ROLES ===#
    def test_billing_and_reading_do_not_let_a_salesperson_change_notes_of_others(self):
        for group in ("account.group_account_invoice", "account.group_account_readonly"):
            self.user_salesman_other.group_ids = [Command.link(self.env.ref(group).id)]
            note = self.note.with_user(self.user_salesman_other)
            self.assertEqual(note.state, "draft")
            for action in (note.action_validate, note.action_cancel, note.unlink):
                with self.assertRaises(AccessError):
                    action()
            with self.assertRaises(AccessError):
                note.line_ids.unlink()

    def test_delivery_role_does_not_let_a_salesperson_delete_notes_of_others(self):
        role = self.env.ref("crm_sales_docs.crm_sales_docs_group_delivery")
        self.user_salesman_other.group_ids = [Command.link(role.id)]
        with self.assertRaises(AccessError):
            self.note.with_user(self.user_salesman_other).unlink()
        self.note.with_user(self.user_salesman_other).action_validate()

    # === FORMS OF OTHER DOCUMENTS ===#
    def test_every_role_opens_its_forms(self):
        order = self.note.order_ids
        self.note.action_validate()
        invoice = self._crm_invoice(self.note)
        with Form(order.with_user(self.user_salesman)) as form:
            self.assertEqual(form.crm_delivery_note_count, 1)
        for user in (self.user_salesman, self.user_invoice):
            views = invoice.with_user(user).get_views([(False, "form")])
            self.assertIn("crm_delivery_note_count", views["models"]["account.move"]["fields"])
        buyer = self._crm_new_user("user_buyer", "base.group_user")
        buyer.group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        form = Form(self.customer.with_user(buyer))
        self.assertNotIn("crm_delivery_note_count", form._view["fields"])
