# SPDX-License-Identifier: LGPL-3.0-or-later
import json

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from . import common
from .test_signature import drawing


class PortalMixin(common.CrmSalesDocsMixin):
    @classmethod
    def _crm_create_portal_data(cls):
        cls._crm_create_sales_data()
        cls.user_customer = new_test_user(
            cls.env, "customer_portal", "base.group_portal", partner_id=cls.contact.id
        )
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger", "is_company": True})
        cls.user_stranger = new_test_user(
            cls.env, "stranger_portal", "base.group_portal", partner_id=cls.stranger.id
        )


@tagged("post_install", "-at_install")
class TestPortalRights(PortalMixin, common.CrmSalesDocsCommon):
    """Customers see what was issued to their account, and change nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_portal_data()
        cls.draft = cls._crm_note(cls._crm_order())
        cls.done = cls._crm_delivered()
        cls.cancelled = cls._crm_delivered()
        cls.cancelled.action_cancel()

    @classmethod
    def _crm_create_sales_data(cls):
        return None if hasattr(cls, "user_salesman") else super()._crm_create_sales_data()

    def test_customer_sees_issued_notes_of_the_account(self):
        notes = self.env["crm.delivery.note"].with_user(self.user_customer)
        ids = (self.draft | self.done | self.cancelled).ids
        self.assertEqual(
            set(notes.search([("id", "in", ids)]).ids), set((self.done | self.cancelled).ids)
        )
        with self.assertRaises(AccessError):
            self.draft.with_user(self.user_customer).read(["name"])
        lines = self.env["crm.delivery.note.line"].with_user(self.user_customer)
        self.assertEqual(
            lines.search([("note_id", "in", ids)]).note_id,
            notes.search([("id", "in", ids)]),
        )

    def test_stranger_sees_nothing(self):
        for model, ids in (
            ("crm.delivery.note", self.done.ids),
            ("crm.delivery.note.line", self.done.line_ids.ids),
        ):
            records = self.env[model].with_user(self.user_stranger)
            self.assertFalse(records.search([("id", "in", ids)]))
            with self.assertRaises(AccessError):
                records.browse(ids).read(["display_name"])

    def test_customer_reads_no_price_field_and_changes_nothing(self):
        note = self.done.with_user(self.user_customer)
        for name in ("amount_total", "amount_total_signed", "tax_totals"):
            with self.assertRaises(AccessError):
                note.read([name])
        with self.assertRaises(AccessError):
            note.line_ids.read(["price_unit"])
        with self.assertRaises(AccessError):
            note.show_prices = False
        for method in ("action_validate", "action_cancel", "action_return", "action_sign"):
            with self.assertRaises(AccessError):
                getattr(note, method)()
        with self.assertRaises(AccessError):
            note.line_ids.create({"note_id": note.id})

    def test_nobody_chooses_the_token_of_a_note(self):
        with self.assertRaisesRegex(UserError, "nobody writes"):
            self.done.access_token = "known"


@tagged("post_install", "-at_install")
class TestPortalPages(PortalMixin, HttpCase):
    """The pages, through a real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_portal_data()
        for user in (cls.user_customer, cls.user_stranger):
            user.lang = "en_US"
        # the weakest: no chart of accounts is needed to deliver
        cls.note = cls._crm_delivered((cls.goods, 4), (cls.service, 1), client_order_ref="PO 7")
        cls.other = cls._crm_delivered()
        cls.url = f"/my/delivery-notes/{cls.note.id}"

    def _page(self, url, user=None):
        self.authenticate(user and user.login, user and user.login)
        response = self.url_open(url)
        return response.status_code, " ".join(html.fromstring(response.text).text_content().split())

    def _sign(self, note, token=None, name="Ana Rivas", signature=None):
        return self.make_jsonrpc_request(
            f"/my/delivery-notes/{note.id}/sign",
            {
                "name": name,
                "signature": drawing() if signature is None else signature,
                **({"access_token": token} if token else {}),
            },
        )

    # === LIST ===#
    def test_list_shows_filters_and_sorts(self):
        status, text = self._page("/my/delivery-notes", self.user_customer)
        self.assertEqual(status, 200)
        for part in (self.note.name, self.other.name, "PO 7", "To Sign", "450.00"):
            self.assertIn(part, text)
        self.other.action_cancel()
        status, text = self._page(
            "/my/delivery-notes?filterby=to_sign&sortby=name", self.user_customer
        )
        self.assertIn(self.note.name, text)
        self.assertNotIn(self.other.name, text)
        status, text = self._page("/my/delivery-notes?filterby=x&sortby=x", self.user_customer)
        self.assertEqual(status, 200)

    def test_list_has_pages(self):
        orders = self.env["sale.order"]
        for _number in range(80):
            orders |= self._crm_order((self.goods, 1), user=self.user_salesman)
        orders.with_user(self.user_salesman).action_crm_create_delivery_note()
        notes = orders.with_user(self.user_salesman).crm_delivery_note_ids
        notes.action_validate()
        _status, first = self._page("/my/delivery-notes?sortby=date_asc", self.user_customer)
        _status, second = self._page(
            "/my/delivery-notes/page/2?sortby=date_asc", self.user_customer
        )
        self.assertIn(self.note.name, first)
        self.assertNotIn(self.note.name, second)
        self.assertIn(notes.sorted("id")[-1].name, second)

    def test_home_counts(self):
        self.authenticate("customer_portal", "customer_portal")
        counters = self.make_jsonrpc_request("/my/counters", {"counters": ["delivery_note_count"]})
        self.assertEqual(counters, {"delivery_note_count": 2})
        self.assertIn("/my/delivery-notes", self.url_open("/my/home").text)
        self.authenticate("stranger_portal", "stranger_portal")
        counters = self.make_jsonrpc_request("/my/counters", {"counters": ["delivery_note_count"]})
        self.assertEqual(counters, {"delivery_note_count": 0})

    # === PAGE ===#
    def test_page_shows_prices_only_if_the_note_does(self):
        status, text = self._page(self.url, self.user_customer)
        self.assertEqual(status, 200)
        for part in (self.note.name, "Scanner", "4.00", "PO 7", "Ask a Question", "450.00"):
            self.assertIn(part, text)
        self.note.show_prices = False
        _status, text = self._page(self.url, self.user_customer)
        self.assertIn("Scanner", text)
        for part in ("450.00", "100.00", "Unit Price"):
            self.assertNotIn(part, text)

    def test_token_opens_its_note_and_no_other(self):
        token = self.note._portal_ensure_token()
        for user in (None, self.user_stranger):
            status, text = self._page(f"{self.url}?access_token={token}", user)
            self.assertEqual(status, 200)
            self.assertIn(self.note.name, text)
            status, text = self._page(
                f"/my/delivery-notes/{self.other.id}?access_token={token}", user
            )
            self.assertEqual(status, 404)
            self.assertIn("belongs to another customer", text)
            self.assertNotIn(self.other.name, text)

    def test_others_get_one_clear_sentence(self):
        for user in (None, self.user_stranger):
            for url in (
                self.url,
                f"{self.url}?report_type=pdf",
                f"{self.url}?access_token=wrong",
                "/my/delivery-notes/999999999",
            ):
                status, text = self._page(url, user)
                self.assertEqual(status, 404)
                self.assertIn("does not exist or belongs to another customer", text)
                self.assertNotIn(self.note.name, text)

    def test_draft_is_not_shown_even_with_its_token(self):
        draft = self._crm_note(self._crm_order())
        token = draft._portal_ensure_token()
        status, _text = self._page(f"/my/delivery-notes/{draft.id}?access_token={token}")
        self.assertEqual(status, 404)

    def test_return_leads_to_its_note_and_back(self):
        self.note.action_return()
        returned = self.note.return_ids
        returned.action_validate()
        _status, text = self._page(self.url, self.user_customer)
        self.assertIn(returned.name, text)
        _status, text = self._page(f"/my/delivery-notes/{returned.id}", self.user_customer)
        self.assertIn(f"Return {returned.name}", text)
        self.assertIn(self.note.name, text)

    def test_download(self):
        self.authenticate("customer_portal", "customer_portal")
        response = self.url_open(f"{self.url}?report_type=pdf&download=true")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertIn(self.note.name.replace("-", "_"), response.headers["Content-Disposition"])
        self.assertFalse(self.note.printed_on)

    # === SIGN ===#
    def test_customer_signs(self):
        self.authenticate("customer_portal", "customer_portal")
        answer = self._sign(self.note)
        self.assertIn("sign_ok", answer["redirect_url"])
        self.note.invalidate_recordset()
        self.assertEqual(self.note.signed_by, "Ana Rivas")
        self.assertTrue(self.note.signed_ip)
        self.assertFalse(self.note.signature_broken)
        self.assertEqual(self.note.message_ids[0].author_id, self.contact)
        _status, text = self._page(self.url, self.user_customer)
        self.assertIn(self.note.signed_hash, text)
        self.assertNotIn("To Sign", text)
        self.authenticate("customer_portal", "customer_portal")
        self.assertIn("is not signed twice", self._sign(self.note)["error"])

    def test_visitor_signs_with_the_token_of_the_note(self):
        token = self.note._portal_ensure_token()
        self.authenticate(None, None)
        self.assertIn("belongs to another customer", self._sign(self.other, token)["error"])
        self.assertIn("belongs to another customer", self._sign(self.note)["error"])
        self.assertIn("redirect_url", self._sign(self.note, token))
        self.note.invalidate_recordset()
        self.assertEqual(self.note.message_ids[0].author_id, self.customer)
        self.other.invalidate_recordset()
        self.assertFalse(self.other.signed_on)

    def test_signature_is_checked(self):
        self.authenticate("customer_portal", "customer_portal")
        self.assertIn("not a picture", self._sign(self.note, signature="x")["error"])
        self.assertIn("name of the person", self._sign(self.note, name=" ")["error"])
        self.other.action_cancel()
        self.assertIn("only a validated note", self._sign(self.other)["error"])
        self.note.invalidate_recordset()
        self.assertFalse(self.note.signed_on)

    def test_reader_does_not_sign_for_the_customer(self):
        self.authenticate(self.user_invoice.login, self.user_invoice.login)
        self.assertIn("error", self._sign(self.note))

    # === QUESTION ===#
    def _ask(self, note, **values):
        return self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "crm.delivery.note",
                "thread_id": note.id,
                "post_data": {
                    "body": "Where is the cable?",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
                **values,
            },
        )

    def test_customer_asks_and_the_salesperson_is_told(self):
        self.authenticate("customer_portal", "customer_portal")
        self._ask(self.note)
        self.note.invalidate_recordset()
        message = self.note.message_ids[0]
        self.assertIn("Where is the cable?", message.body)
        self.assertEqual(message.author_id, self.contact)
        self.assertIn(self.user_salesman.partner_id, message.notified_partner_ids)

    @mute_logger("odoo.http")
    def test_stranger_does_not_ask(self):
        self.authenticate("stranger_portal", "stranger_portal")
        before = len(self.note.message_ids)
        with self.assertRaises(Exception) as caught:
            self._ask(self.note)
        self.assertNotIn(self.note.name, json.dumps(str(caught.exception)))
        self.note.invalidate_recordset()
        self.assertEqual(len(self.note.message_ids), before)
