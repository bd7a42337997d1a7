# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from . import common


@tagged("post_install", "-at_install")
class TestLateOrders(common.CrmSalesDocsCommon):
    """Orders are late from the day after the promised one; who answers for them is told once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = datetime(2027, 3, 10, 15, 0)
        cls.enterClassContext(freeze_time(cls.now))
        cls.env.company.crm_late_delivery_days = 2
        orders = cls.env["sale.order"].sudo()
        orders.search(orders._crm_to_deliver_domain()).crm_late_reminded = True

    def _promised(self, days, **values):
        """Return a confirmed order that is promised so many days from now."""
        return self._crm_order(
            confirm=True, commitment_date=self.now + timedelta(days=days), **values
        )

    def _remind(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_sales_docs.ir_cron_remind_late_deliveries"
            ).sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _activities(self, order):
        return order.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref("crm_sales_docs.mail_activity_type_late_delivery")
            )
        )

    def test_the_commitment_is_the_promise_and_else_the_lead_time(self):
        order = self._crm_order((self.goods, 1, {"customer_lead": 7}), confirm=True)
        self.assertEqual(order.crm_promised_date, order.date_order + timedelta(days=7))
        order.commitment_date = self.now + timedelta(days=1)
        self.assertEqual(order.crm_promised_date, order.commitment_date)

    def test_a_quote_promises_nothing(self):
        order = self._crm_order(commitment_date=self.now - timedelta(days=9))
        self.assertFalse(order.crm_promised_date)
        self.assertFalse(order.crm_late)

    def test_late_from_the_next_day_on(self):
        late, today, coming = self._promised(-1), self._promised(0), self._promised(1)
        found = self.env["sale.order"].search(
            [("crm_late", "=", True), ("id", "in", (late | today | coming).ids)]
        )
        self.assertEqual(found, late)
        self.assertEqual((late | today | coming).filtered("crm_late"), late)
        others = self.env["sale.order"].search(
            [("crm_late", "=", False), ("id", "in", (late | today | coming).ids)]
        )
        self.assertEqual(others, today | coming)

    def test_the_day_ends_where_the_user_is(self):
        order = self._promised(0)
        order.commitment_date = datetime(2027, 3, 10, 3, 0)
        utc, caracas = order.with_context(tz="UTC"), order.with_context(tz="America/Caracas")
        self.assertFalse(utc.crm_late)
        self.assertTrue(caracas.crm_late, "there it was promised for the ninth")
        domain = [("crm_late", "=", True), ("id", "=", order.id)]
        self.assertFalse(utc.search(domain))
        self.assertTrue(caracas.search(domain))

    def test_delivered_is_not_late(self):
        order = self._promised(-3)
        self.assertTrue(order.crm_late)
        self._crm_note(order, validate=True)
        self.assertFalse(order.crm_late)

    def test_partly_delivered_is_late(self):
        order = self._promised(-3)
        self._crm_note(order, {self.goods: 4}, validate=True)
        self.assertTrue(order.crm_late)

    def test_late_orders_are_found_by_their_index(self):
        domain = [("crm_late", "=", True), ("company_id", "=", self.env.company.id)]
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.env["sale.order"]._search(domain, order="crm_promised_date, id", limit=80)
        self.env.cr.execute(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("crm_to_deliver", plan)

    def test_the_salesperson_is_reminded_once(self):
        order = self._promised(-2)
        self._remind()
        self._remind()
        activity = self._activities(order)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.user_salesman)
        self.assertIn("2027", activity.summary)

    def test_nobody_is_reminded_before_the_days_of_the_company(self):
        orders = self._promised(-1) | self._promised(-2)
        self._remind()
        self.assertFalse(self._activities(orders[0]))
        self.assertTrue(self._activities(orders[1]))

    def test_a_company_may_do_without(self):
        self.env.company.crm_late_delivery_days = 0
        order = self._promised(-5)
        self._remind()
        self.assertFalse(self._activities(order))

    def test_what_is_late_for_long_stays_in_the_list_alone(self):
        order = self._promised(-45)
        self._remind()
        self.assertFalse(self._activities(order))
        self.assertTrue(order.crm_late)

    def test_a_few_reminders_a_day(self):
        orders = self.env["sale.order"].union(*(self._promised(-3) for _number in range(7)))
        self._remind()
        self.assertEqual(len(self._activities(orders)), 5)
        self._remind()
        self.assertEqual(len(self._activities(orders)), 7)

    def test_without_salesperson_the_leader_of_the_team_is_reminded(self):
        team = self.env["crm.team"].create({"name": "North", "user_id": self.user_manager.id})
        order = self._promised(-3)
        order.sudo().write({"user_id": False, "team_id": team.id})
        self._remind()
        self.assertEqual(self._activities(order).user_id, self.user_manager)

    def test_the_reminder_goes_with_the_delivery(self):
        order = self._promised(-3)
        self._remind()
        self._crm_note(order, {self.goods: 4}, validate=True)
        self.assertTrue(self._activities(order))
        self._crm_note(order, validate=True)
        self.assertFalse(self._activities(order))

    def test_the_reminder_goes_where_it_was_delivered_otherwise(self):
        self.env.company.crm_delivery_control = False
        order = self._promised(-3)
        self._remind()
        order.order_line.qty_delivered = 10
        self._remind()
        self.assertFalse(self._activities(order))

    def test_another_promise_ends_the_reminder_and_starts_over(self):
        order = self._promised(-3)
        self._remind()
        order.commitment_date = self.now + timedelta(days=3)
        self.assertFalse(self._activities(order))
        with freeze_time(self.now + timedelta(days=6)):
            self._remind()
        self.assertEqual(len(self._activities(order)), 1)

    def test_a_cancelled_order_reminds_nobody(self):
        order = self._promised(-3)
        self._remind()
        order._action_cancel()
        self.assertFalse(self._activities(order))

    def test_each_company_has_its_own_days(self):
        other = self._create_company(name="Other Company")
        other.crm_late_delivery_days = 0
        self.user_salesman.company_ids |= other
        order = self._promised(-3)
        foreign = order.sudo().copy({"company_id": other.id, "pricelist_id": False})
        foreign.action_confirm()
        foreign.commitment_date = self.now - timedelta(days=3)
        self._remind()
        self.assertTrue(self._activities(order))
        self.assertFalse(self._activities(foreign))
        other.crm_late_delivery_days = 1
        self._remind()
        self.assertTrue(self._activities(foreign))

    def test_reminding_costs_little_for_each_order(self):
        def queries(count):
            for number in range(count):
                order = self._promised(-3)
                user = self._crm_new_user(
                    f"seller_{count}_{number}", "sales_team.group_sale_salesman"
                )
                order.sudo().user_id = user
                # as the salesperson of an order does
                order.sudo().message_subscribe(user.partner_id.ids)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._remind()
            return self.env.cr.sql_log_count - before

        queries(1)
        few, many = queries(2), queries(8)
        # Odoo looks for each person among the followers of the document
        self.assertLessEqual(many - few, 6 * 3)


@tagged("post_install", "-at_install")
class TestTaxPeriod(common.CrmSalesDocsCommon):
    """Deliveries whose tax period ends are told of in time, by one activity for each person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(freeze_time(datetime(2027, 3, 10, 15, 0)))
        cls.env["res.company"].search([]).crm_tax_period = "off"
        cls.env.company.write({"crm_tax_period": "month", "crm_tax_period_days": 5})

    def _delivered_on(self, date, user=None, quantities=None):
        order = self._crm_order(confirm=True, user=user)
        note = self._crm_note(order)
        note.date = date
        note.action_validate()
        return note

    def _invoiced_on(self, note, date, post=True):
        invoice = self._crm_invoice(note).sudo()
        invoice.invoice_date = date
        if post:
            invoice.action_post()
        return invoice

    def _alert(self, date=None):
        with freeze_time(date or datetime(2027, 3, 27, 15, 0)):
            self.env["crm.delivery.note"].sudo()._cron_crm_alert_tax_period()
        return self._alerts()

    def _alerts(self, user=None):
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    (
                        "activity_type_id",
                        "=",
                        self.env.ref("crm_sales_docs.mail_activity_type_tax_period").id,
                    ),
                    ("user_id", "=", (user or self.user_salesman).id),
                ]
            )
        )

    def _missed(self, notes, date="2027-04-20"):
        with freeze_time(date):
            notes.invalidate_recordset(["not_invoiced_in_period"])
            found = notes.search(
                [("not_invoiced_in_period", "=", True), ("id", "in", notes.ids)], order="id"
            )
            self.assertEqual(found, notes.filtered("not_invoiced_in_period"))
        return found

    def test_the_period_of_a_date(self):
        company = self.env.company
        for period, date, end in (
            ("month", "2027-02-03", "2027-02-28"),
            ("month", "2027-12-31", "2027-12-31"),
            ("quarter", "2027-02-03", "2027-03-31"),
            ("quarter", "2027-12-31", "2027-12-31"),
        ):
            company.crm_tax_period = period
            self.assertEqual(
                company._crm_tax_period_end(fields.Date.to_date(date)), fields.Date.to_date(end)
            )
        company.crm_tax_period = "off"
        self.assertFalse(company._crm_tax_period_end(fields.Date.to_date("2027-02-03")))

    def test_a_note_that_is_not_invoiced_misses_its_period_when_that_is_over(self):
        note = self._delivered_on("2027-03-05")
        self.assertFalse(self._missed(note, "2027-03-31"))
        self.assertEqual(self._missed(note, "2027-04-01"), note)

    def test_invoiced_in_time(self):
        note = self._delivered_on("2027-03-05")
        self._invoiced_on(note, "2027-03-31")
        self.assertEqual(note.invoiced_on, fields.Date.to_date("2027-03-31"))
        self.assertFalse(self._missed(note))

    def test_invoiced_after_the_period(self):
        note = self._delivered_on("2027-03-05")
        self._invoiced_on(note, "2027-04-01")
        self.assertEqual(self._missed(note), note)

    def test_a_draft_invoice_is_no_invoice(self):
        note = self._delivered_on("2027-03-05")
        self._invoiced_on(note, "2027-03-06", post=False)
        self.assertEqual(note.invoice_state, "done")
        self.assertEqual(self._missed(note), note)

    def test_goods_invoiced_before_they_were_delivered_are_invoiced_in_time(self):
        order = self._crm_order((self.goods_on_order, 2), confirm=True)
        invoice = self._crm_invoice(order).sudo()
        invoice.invoice_date = "2027-03-01"
        note = self._crm_note(order, validate=True)
        self.assertEqual(note.invoice_state, "done")
        self.assertFalse(note.invoiced_on)
        invoice.action_post()
        self.assertEqual(note.invoiced_on, fields.Date.to_date("2027-03-01"))
        self.assertFalse(self._missed(note))

    def test_a_quarter_gives_more_time(self):
        note = self._delivered_on("2027-01-05")
        self._invoiced_on(note, "2027-03-02")
        self.assertEqual(self._missed(note), note)
        self.env.company.crm_tax_period = "quarter"
        self.assertFalse(self._missed(note))

    def test_without_periods_nothing_is_missed(self):
        note = self._delivered_on("2027-01-05")
        self.env.company.crm_tax_period = "off"
        self.assertFalse(self._missed(note))
        self.assertFalse(self._alert())

    def test_a_reset_invoice_is_missing_again(self):
        note = self._delivered_on("2027-03-05")
        invoice = self._invoiced_on(note, "2027-03-31")
        invoice.button_draft()
        self.assertFalse(note.invoiced_on)

    def test_what_missed_its_period_is_found_by_an_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.env["crm.delivery.note"]._search([("not_invoiced_in_period", "=", True)])
        self.env.cr.execute(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("missed_period_idx", plan)

    def test_nobody_is_told_before_the_last_days(self):
        self._delivered_on("2027-03-05")
        self.assertFalse(self._alert(datetime(2027, 3, 25, 15)))
        self.assertTrue(self._alert(datetime(2027, 3, 26, 15)))

    def test_one_activity_for_all_notes_of_a_person(self):
        self._delivered_on("2027-03-05")
        self._delivered_on("2027-03-06")
        self._alert()
        alert = self._alert()
        self.assertEqual(len(alert), 1)
        self.assertIn("2", alert.summary)
        self.assertEqual(alert.date_deadline, fields.Date.to_date("2027-03-31"))
        self.assertIn("/odoo/my-notes-to-invoice", alert.note)

    def test_each_person_is_told_of_the_own_notes(self):
        self._delivered_on("2027-03-05")
        self._delivered_on("2027-03-05", user=self.user_manager)
        alerts = self._alert() | self._alerts(self.user_manager)
        self.assertEqual(len(alerts), 2)
        for alert in alerts:
            self.assertIn("1", alert.summary)

    def test_the_activity_follows_what_is_left(self):
        notes = self._delivered_on("2027-03-05") | self._delivered_on("2027-03-06")
        alert = self._alert()
        self._crm_invoice(notes[0])
        self.assertEqual(self._alert(), alert)
        self.assertIn("1", alert.summary)
        self._crm_invoice(notes[1])
        self.assertFalse(self._alert())

    def test_what_a_person_ticked_off_comes_back_with_the_next_period(self):
        self._delivered_on("2027-03-05")
        self._alert().with_user(self.user_salesman).action_done()
        self.assertFalse(self._alert(datetime(2027, 3, 28, 15)))
        self._delivered_on("2027-04-05")
        self.assertTrue(self._alert(datetime(2027, 4, 28, 15)))

    def test_what_missed_its_period_is_named_apart(self):
        self._delivered_on("2027-02-05")
        self._delivered_on("2027-03-05")
        alert = self._alert()
        self.assertEqual(alert.note.count("<li>"), 2)
        self.assertEqual(alert.date_deadline, fields.Date.to_date("2027-03-31"))

    def test_notes_without_salesperson_go_to_the_leader_of_the_team(self):
        team = self.env["crm.team"].create({"name": "North", "user_id": self.user_manager.id})
        note = self._delivered_on("2027-03-05")
        note.order_ids.sudo().write({"user_id": False, "team_id": team.id})
        note.sudo().user_id = False
        self.assertFalse(self._alert())
        self.assertTrue(self._alerts(self.user_manager))

    def test_a_return_is_not_waited_for(self):
        note = self._delivered_on("2027-03-05")
        self._crm_invoice(note)
        note.action_return()
        note.return_ids.action_validate()
        self.assertEqual(note.return_ids.invoice_state, "to")
        self.assertFalse(self._alert())

    def test_the_day_is_that_of_the_person(self):
        self._delivered_on("2027-03-05")
        self.user_salesman.tz = "America/Caracas"
        # in Caracas it is still the twenty-fifth
        self.assertFalse(self._alert(datetime(2027, 3, 26, 2)))
        self.user_salesman.tz = "Europe/Madrid"
        self.assertTrue(self._alert(datetime(2027, 3, 26, 2)))

    def test_the_words_are_those_of_the_person(self):
        self._delivered_on("2027-03-05")
        self.env["res.lang"]._activate_lang("es_ES")
        self.user_salesman.lang = "es_ES"
        self.assertIn("31/03/2027", self._alert().note)

    def test_one_activity_for_all_companies_of_a_person(self):
        other = self._create_company(name="Other Company", crm_tax_period="month")
        self.user_salesman.company_ids |= other
        self._delivered_on("2027-03-05")
        foreign = self._crm_direct_note(company_id=other.id, date="2027-03-06")
        foreign.sudo().action_validate()
        self.assertEqual(foreign.invoice_state, "to")
        alert = self._alert()
        self.assertEqual(len(alert), 1)
        self.assertIn("Other Company", alert.note)

    def test_the_alert_opens_the_notes_that_it_counts(self):
        note = self._delivered_on("2027-03-05")
        self._delivered_on("2027-03-05", user=self.user_manager)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_docs.crm_delivery_note_action_my_to_invoice"
        )
        self.assertEqual(action["path"], "my-notes-to-invoice")
        domain = safe_eval(action["domain"], {"uid": self.user_salesman.id})
        found = self.env["crm.delivery.note"].with_user(self.user_salesman).search(domain)
        self.assertEqual(found, note)


@tagged("post_install", "-at_install")
class TestLeftToDoFigures(common.CrmSalesDocsCommon):
    """What is left to do, in the header of the account and in lists, for who may see it."""

    def _partner(self, user, partner=None):
        return (partner or self.customer).with_user(user)

    def test_the_amount_to_invoice_follows_what_is_invoiced(self):
        note = self._crm_delivered((self.goods, 10))
        self.assertEqual(note.amount_to_invoice, 1000.0)
        invoice = self._crm_invoice(note).sudo()
        self.assertEqual(note.amount_to_invoice, 0.0)
        invoice.invoice_line_ids.quantity = 4
        self.assertEqual(note.amount_to_invoice, 600.0)

    def test_a_discount_lowers_the_amount_to_invoice(self):
        note = self._crm_delivered((self.goods, 10, {"discount": 10}))
        self.assertEqual(note.amount_to_invoice, 900.0)

    def test_a_return_to_credit_is_less_than_nothing(self):
        note = self._crm_delivered((self.goods, 10))
        self._crm_invoice(note)
        note.action_return()
        note.return_ids.action_validate()
        self.assertEqual(note.return_ids.amount_to_invoice, -1000.0)

    def test_figures_of_the_account(self):
        self._crm_order((self.goods, 3), confirm=True)
        late = self._crm_order((self.goods, 3), confirm=True, partner_id=self.contact.id)
        late.commitment_date = fields.Datetime.now() - timedelta(days=4)
        self._crm_delivered((self.goods, 2))
        partner = self._partner(self.user_salesman)
        self.assertEqual(partner.crm_to_deliver_count, 2)
        self.assertEqual(partner.crm_late_count, 1)
        self.assertEqual(partner.crm_to_invoice, 200.0)
        action = partner.action_crm_view_to_deliver()
        self.assertEqual(
            self.env["sale.order"].with_user(self.user_salesman).search_count(action["domain"]), 2
        )
        action = partner.action_crm_view_to_invoice()
        self.assertEqual(self.env["crm.delivery.note"].search_count(action["domain"]), 1)

    def test_a_salesperson_counts_the_own_documents(self):
        self._crm_order((self.goods, 3), confirm=True, user=self.user_manager)
        self._crm_delivered((self.goods, 2), user=self.user_manager)
        self.assertEqual(self._partner(self.user_salesman).crm_to_deliver_count, 0)
        self.assertEqual(self._partner(self.user_salesman).crm_to_invoice, 0.0)
        self.assertEqual(self._partner(self.user_manager).crm_to_deliver_count, 1)
        self.assertEqual(self._partner(self.user_manager).crm_to_invoice, 200.0)

    def test_who_only_delivers_sees_no_figure(self):
        partner = self._partner(self.user_delivery)
        for name in ("crm_to_deliver_count", "crm_late_count", "crm_to_invoice"):
            with self.assertRaises(AccessError):
                partner.read([name])
        self.assertFalse(partner._crm_to_invoice_figures())

    def test_another_company_is_not_counted(self):
        other = self._create_company(name="Other Company")
        self.user_manager.company_ids |= other
        order = self._crm_order((self.goods, 3), confirm=True)
        foreign = order.sudo().copy({"company_id": other.id, "pricelist_id": False})
        foreign.action_confirm()
        partner = self._partner(self.user_manager)
        companies = [self.env.company.id]
        self.assertEqual(
            partner.with_context(allowed_company_ids=companies).crm_to_deliver_count, 1
        )
        companies = [self.env.company.id, other.id]
        self.assertEqual(
            partner.with_context(allowed_company_ids=companies).crm_to_deliver_count, 2
        )

    def test_no_query_for_each_account(self):
        accounts = self.env["res.partner"].create(
            [{"name": f"Account {number}", "is_company": True} for number in range(20)]
        )
        names = ["crm_to_deliver_count", "crm_late_count", "crm_to_invoice"]

        def queries(partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            partners.with_user(self.user_salesman).read(names)
            return self.env.cr.sql_log_count - before

        queries(accounts)
        self.assertEqual(queries(accounts[:2]), queries(accounts))

    def test_who_only_delivers_groups_notes_without_amounts(self):
        Note = self.env["crm.delivery.note"].with_user(self.user_delivery)
        for name in ("graph", "pivot", "kanban_to_invoice", "list_to_invoice"):
            view = self.env.ref(f"crm_sales_docs.crm_delivery_note_view_{name}")
            arch = Note.get_view(view.id, view.type)["arch"]
            self.assertNotIn("amount_", arch)
            arch = Note.with_user(self.user_salesman).get_view(view.id, view.type)["arch"]
            self.assertIn("amount_", arch)


@tagged("post_install", "-at_install")
class TestNextStep(common.CrmSalesDocsCommon):
    def test_only_something_to_credit(self):
        note = self._crm_delivered((self.goods, 10))
        self._crm_invoice(note)
        note.action_return()
        note.return_ids.action_validate()
        order = note.order_ids
        self.assertEqual(order.crm_next_step, "credit")
        self.assertEqual(self._crm_invoice(order).move_type, "out_refund")
        self.assertFalse(order.crm_next_step)

    def test_to_credit_while_something_is_left_to_deliver(self):
        order = self._crm_order((self.goods, 10), (self.service, 1), confirm=True)
        note = self._crm_note(order, {self.goods: 10}, validate=True)
        self._crm_invoice(note)
        note.action_return()
        note.return_ids.action_validate()
        self.assertIn(order.crm_delivery_state, ("to", "partial"))
        self.assertEqual(order.crm_next_step, "credit")


@tagged("post_install", "-at_install")
class TestSend(common.CrmSalesDocsCommon):
    def _send(self, note, user=None):
        note = note.with_user(user or self.user_salesman)
        action = note.action_send()
        return Form(
            self.env["mail.compose.message"]
            .with_user(note.env.user)
            .with_context(**action["context"])
        )

    def test_a_draft_is_not_sent(self):
        note = self._crm_note(self._crm_order(confirm=True))
        with self.assertRefused("Validate it first"):
            note.action_send()

    def test_the_composer_addresses_the_customer_with_the_printed_note(self):
        self.customer.email = "compras@norte.example"
        note = self._crm_delivered()
        composer = self._send(note)
        self.assertIn(note.name, composer.subject)
        wizard = composer.save()
        self.assertIn(self.customer, wizard.partner_ids)
        self.assertEqual(len(wizard.attachment_ids), 1)
        self.assertFalse(note.printed_on, "nobody has sent it yet")
        wizard.action_send_mail()
        self.assertEqual(len(note.message_ids.attachment_ids), 1)
        self.assertTrue(note.printed_on, "what went out by e-mail is the original")

    def test_the_mail_is_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.customer.write({"lang": "es_ES", "email": "compras@norte.example"})
        note = self._crm_delivered()
        template = self.env.ref("crm_sales_docs.mail_template_delivery_note")
        self.assertEqual(template._render_lang(note.ids)[note.id], "es_ES")

    def test_several_notes_go_out_each_to_its_customer(self):
        notes = self._crm_delivered() | self._crm_delivered()
        self.assertEqual(notes.action_send()["context"]["default_composition_mode"], "mass_mail")
