# SPDX-License-Identifier: LGPL-3.0-or-later
import base64
import hashlib
import io
import json

from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from . import common


def drawing(width=300, color="navy"):
    """Return a picture as the signature pad sends it."""
    buffer = io.BytesIO()
    Image.new("RGBA", (width, 80), color).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@tagged("post_install", "-at_install")
class TestSignature(common.CrmSalesDocsCommon):
    """Whoever delivers lets the customer sign, without seeing a price."""

    def _sign(self, note, user=None, name="Ana Rivas", **values):
        note = note.with_user(user or self.user_delivery)
        action = note.action_sign()
        wizard = (
            self.env[action["res_model"]]
            .with_user(note.env.user)
            .with_context(**action["context"])
            .create({"signed_by": name, "signature": drawing(), **values})
        )
        wizard.action_sign()
        return wizard

    # === SIGN ===#
    def test_delivery_role_validates_and_signs_without_a_price(self):
        note = self._crm_note(self._crm_order()).with_user(self.user_delivery)
        note.action_validate()
        self._sign(note, name=" Ana   Rivas ", signed_identification="V-123")
        self.assertRecordValues(
            note, [{"signed_by": "Ana Rivas", "signed_identification": "V-123", "signed_ip": False}]
        )
        self.assertTrue(note.signed_on)
        self.assertTrue(note.signature)
        self.assertFalse(note.signature_broken)
        self.assertIn("Signed by Ana Rivas.", note.message_ids[0].body)
        models = note.get_views([(False, "form"), (False, "list"), (False, "kanban")])["models"]
        fields = {name for model in models.values() for name in model["fields"]}
        self.assertIn("signed_by", fields)
        self.assertFalse(fields & {"price_unit", "price_subtotal", "discount", "amount_total"})

    def test_form_of_the_signature_says_what_is_received(self):
        note = self._crm_delivered()
        wizard = self._sign(note)
        with Form(wizard) as form:
            self.assertEqual(form.note_name, note.name)
            self.assertEqual(form.line_summary, "10 Units  Scanner")

    def test_seal_covers_number_date_parties_lines_and_quantities(self):
        note = self._crm_delivered((self.goods, 4), (self.service, 1))
        self._sign(note)
        self.assertEqual(note.signed_hash, hashlib.sha256(note.signed_content.encode()).hexdigest())
        content = json.loads(note.signed_content)
        self.assertEqual(content["number"], note.name)
        self.assertEqual(content["customer"]["name"], "Distribuidora Norte")
        self.assertEqual(content["customer"]["tax_id"], "J-12345678-9")
        self.assertEqual(content["company"]["id"], self.env.company.partner_id.id)
        self.assertEqual([line["quantity"] for line in content["lines"]], ["4.0", "1.0"])
        self.assertEqual(content["signed_by"], "Ana Rivas")
        self.assertNotIn("price", note.signed_content)

    def test_what_is_changed_behind_the_back_breaks_the_seal(self):
        note = self._crm_delivered()
        self._sign(note)
        for table, column, record in (
            ("crm_delivery_note", "signed_content", note),
            ("crm_delivery_note_line", "quantity", note.line_ids),
        ):
            with self.subTest(column=column):
                self.env.flush_all()
                with self.env.cr.savepoint() as savepoint:
                    self.env.cr.execute(
                        f"UPDATE {table} SET {column} = %s WHERE id = %s",
                        ("{}" if column == "signed_content" else 3, record.id),
                    )
                    self.env.invalidate_all()
                    self.assertTrue(note.signature_broken)
                    savepoint.rollback()
                self.env.invalidate_all()
        self.assertFalse(note.signature_broken)

    def test_large_signature_is_kept_small_and_the_seal_holds(self):
        note = self._crm_delivered()
        self._sign(note, signature=drawing(width=3000))
        note.invalidate_recordset()
        self.assertFalse(note.signature_broken)

    def test_salesperson_signs_too_and_a_return_is_signed(self):
        note = self._crm_delivered()
        self._sign(note, self.user_salesman)
        note.action_return()
        note.return_ids.action_validate()
        self._sign(note.return_ids)
        self.assertTrue(note.return_ids.signed_hash)

    # === REFUSED ===#
    def test_signing_twice_is_refused_with_a_sentence(self):
        note = self._crm_delivered()
        wizard = self._sign(note)
        for sign in (wizard.action_sign, note.action_sign):
            with self.assertRaisesRegex(UserError, "NE-00000001 was signed by Ana Rivas on"):
                sign()

    def test_draft_and_cancelled_notes_are_not_signed(self):
        draft = self._crm_note(self._crm_order())
        cancelled = self._crm_delivered()
        cancelled.action_cancel()
        for note in (draft, cancelled):
            with self.assertRaisesRegex(UserError, "only a validated note"):
                note.action_sign()

    def test_name_and_picture_are_needed(self):
        note = self._crm_delivered().sudo()
        with self.assertRaisesRegex(UserError, "name of the person"):
            note._crm_sign("  ", drawing())
        for signature in (None, "", "no base64!", base64.b64encode(b"text").decode()):
            with self.assertRaisesRegex(UserError, "is not a picture"):
                note._crm_sign("Ana", signature)
        self.assertFalse(note.signed_on)

    def test_signature_is_not_written_nor_changed_not_even_by_the_superuser(self):
        note = self._crm_delivered()
        for values in ({"signed_by": "Ana"}, {"signature": drawing()}, {"signed_hash": "x"}):
            with self.assertRaisesRegex(UserError, "nobody writes"):
                note.write(values)
        self._sign(note)
        for values in ({"signed_by": "Eva"}, {"signature": False}, {"signed_hash": False}):
            for user in (self.user_salesman, self.user_manager):
                with self.assertRaises(UserError):
                    note.with_user(user).write(values)
            with self.assertRaisesRegex(UserError, "was signed by"):
                note.sudo().write(values)

    def test_nobody_else_signs(self):
        note = self._crm_delivered()
        for user in (
            self.user_salesman_other,
            self.user_invoice,
            self.user_employee,
            self.user_company_b,
        ):
            with self.assertRaises(AccessError):
                note.with_user(user).action_sign()
        wizard = (
            self.env["crm.delivery.note.sign"]
            .with_user(self.user_salesman_other)
            .create({"note_id": note.id, "signed_by": "Eva", "signature": drawing()})
        )
        with self.assertRaises(AccessError):
            wizard.action_sign()

    def test_duplicate_is_not_signed(self):
        note = self._crm_delivered()
        self._sign(note)
        self.assertRecordValues(note.copy(), [{"signed_by": False, "signed_hash": False}])

    # === CANCEL ===#
    def test_signed_note_is_cancelled_by_a_manager_with_a_reason(self):
        note = self._crm_delivered()
        self._sign(note)
        for user in (self.user_salesman, self.user_delivery, self.user_salesman_all):
            for reason in (None, "Wrong branch"):
                with self.assertRaisesRegex(UserError, "signed by Ana Rivas.*sales manager"):
                    note.with_user(user).action_cancel(reason=reason)
        managed = note.with_user(self.user_manager)
        action = managed.action_cancel(reason="  ")
        self.assertEqual(note.state, "done")
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.user_manager)
            .with_context(**action["context"])
            .create({"reason": "Wrong branch"})
        )
        wizard.action_cancel()
        self.assertRecordValues(note, [{"state": "cancel", "cancel_reason": "Wrong branch"}])
        self.assertTrue(note.signature)
        self.assertFalse(note.signature_broken)

    def test_reason_may_be_given_for_a_note_that_is_not_signed(self):
        note = self._crm_delivered()
        note.action_cancel(reason="Twice")
        self.assertEqual(note.cancel_reason, "Twice")
        with self.assertRaisesRegex(UserError, "nobody writes"):
            note.cancel_reason = "Other"

    def test_only_managers_open_the_form_of_the_reason(self):
        for user in (self.user_salesman, self.user_delivery):
            with self.assertRaises(AccessError):
                self.env["crm.delivery.note.cancel"].with_user(user).create({"reason": "x"})

    # === PAPER ===#
    def test_printed_note_shows_the_signature(self):
        note = self._crm_delivered()
        self._sign(note, signed_identification="V-123")
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.user_delivery)
            ._render_qweb_html("crm_sales_docs.report_crm_delivery_note", note.ids)
        )
        for text in ("Ana Rivas", "V-123", note.signed_hash, "data:image/png;base64,"):
            self.assertIn(text, content.decode())
