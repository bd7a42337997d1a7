# SPDX-License-Identifier: LGPL-3.0-or-later
"""Transactions that PostgreSQL refuses after all their work, and that are then done over: whoever
gets a mail of them gets it once.

In a process of its own, with its own commits: a test case of Odoo sends no mail after a commit.
"""

import pytest

import server

_TOOLS = """
import datetime, json
from odoo import api, fields
from odoo.service import model as service

service.time.sleep = lambda seconds: None
sent = []
MailServer = env.registry["ir.mail_server"]
MailServer._connect__ = lambda *args, **kwargs: None
MailServer.send_email = lambda self, message, **kwargs: sent.append(message["To"]) or "<id>"

customer = env["res.partner"].create(
    {"name": "Retried", "is_company": True, "email": "customer@example.com"}
)
product = env["product.product"].create(
    {"name": "Retried", "type": "consu", "invoice_policy": "delivery", "list_price": 10.0}
)
user = env["res.users"].search([("login", "=", "vendedora")])
user.write({"email": "vendedora@example.com", "notification_type": "email"})

def new_order(**values):
    return env(user=user)["sale.order"].create({
        "partner_id": customer.id,
        "user_id": user.id,
        "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 2.0})],
        **values,
    })

def new_note():
    order = new_order()
    order.action_crm_create_delivery_note()
    return order.crm_delivery_note_ids

def refuse(cr):
    # the error that it is: a conflict of two transactions, told to the second one
    cr.execute("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$")

def done_over(work):
    # return how many messages each attempt left in its transaction, and how many mails were out
    attempts = []
    def attempt():
        before = env["mail.message"].sudo().search_count([])
        work()
        env.flush_all()
        made = env["mail.message"].sudo().search_count([]) - before
        attempts.append([made, len(sent)])
        if len(attempts) == 1:
            refuse(env.cr)
    env["mail.mail"].sudo().search([]).unlink()
    env.cr.commit()
    del sent[:]
    service.retrying(attempt, env)
    return attempts

def answer(attempts, record, **more):
    messages = env["mail.message"].sudo().search_count(
        [("model", "=", record._name), ("res_id", "in", record.ids)]
    )
    waiting = env["mail.mail"].sudo().search_count([("state", "=", "outgoing")])
    print(json.dumps(dict(
        attempts=attempts, sent=sent, messages=messages, waiting=waiting, **more
    )))
"""


@pytest.fixture(scope="module")
def retried(demo_server):
    """Return a function that runs code after the tools above; its answer is what it printed."""

    def run(code):
        return server.run_python(demo_server.database, _TOOLS + code)

    return run


def assert_sent_once(answer, *receivers):
    """The first attempt did the work and sent nothing; after the second all is out, once."""
    assert len(answer["attempts"]) == 2, answer
    assert answer["attempts"][0][0] == answer["attempts"][1][0] > 0, answer
    assert [out for _made, out in answer["attempts"]] == [0, 0], answer
    assert sorted(answer["sent"]) == sorted(receivers), answer
    assert answer["waiting"] == 0, answer


def test_validation_with_a_mail_to_the_customer(retried):
    answer = retried("""
note = new_note()
before = env["mail.message"].sudo().search_count(
    [("model", "=", note._name), ("res_id", "=", note.id)]
)
def work():
    note.action_validate()
    # as an automation of the database does
    note.message_post(
        body="It is on its way", partner_ids=customer.ids, subtype_xmlid="mail.mt_comment"
    )
attempts = done_over(work)
answer(attempts, note, before=before, name=note.name, state=note.state,
       delivered=note.order_ids.order_line.qty_delivered)
""")
    assert_sent_once(answer, '"Retried" <customer@example.com>')
    # what changed is noted at the end of the transaction
    assert answer["messages"] - answer["before"] == 2
    assert (answer["state"], answer["delivered"]) == ("done", 2)


def test_signature(retried):
    answer = retried("""
note = new_note()
note.action_validate()
note.sudo().message_subscribe(
    customer.ids, env.ref("mail.mt_note").ids + env.ref("mail.mt_comment").ids
)
picture = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
def work():
    note._crm_sign("Ana", picture)
    note.message_post(body="Thank you", partner_ids=customer.ids, subtype_xmlid="mail.mt_comment")
note = note.sudo()
attempts = done_over(work)
answer(attempts, note, signed=note.signed_by, told=env["mail.message"].sudo().search_count(
    [("model", "=", note._name), ("res_id", "=", note.id), ("body", "ilike", "Ana")]
))
""")
    # the signature itself is noted among colleagues
    assert_sent_once(answer, '"Retried" <customer@example.com>')
    assert (answer["signed"], answer["told"]) == ("Ana", 1)


def test_conversion_to_an_invoice(retried):
    answer = retried("""
note = new_note()
note.action_validate()
def work():
    note.action_create_invoice()
    note.invoice_ids.sudo().message_post(
        body="Your invoice", partner_ids=customer.ids, subtype_xmlid="mail.mt_comment"
    )
attempts = done_over(work)
answer(attempts, note.invoice_ids, invoices=len(note.invoice_ids))
""")
    assert_sent_once(answer, '"Retried" <customer@example.com>')
    assert answer["invoices"] == 1


def test_order_that_the_customer_confirms(retried):
    answer = retried("""
order = new_order()
attempts = done_over(lambda: order.with_context(send_email=True).action_confirm())
answer(attempts, order, state=order.state)
""")
    assert_sent_once(answer, '"Retried" <customer@example.com>')
    assert answer["state"] == "sale"


def test_several_notes_by_mail(retried):
    """Odoo's composer sends several at once while the transaction is under way."""
    answer = retried("""
notes = new_note() | new_note()
notes.action_validate()
action = notes.action_send()
Composer = notes.env[action["res_model"]].with_context(**action["context"])
composer = Composer.create({})
attempts = done_over(composer.action_send_mail)
answer(attempts, notes)
""")
    assert_sent_once(answer, *['"Retried" <customer@example.com>'] * 2)


def test_one_note_by_mail(retried):
    answer = retried("""
note = new_note()
note.action_validate()
action = note.action_send()
Composer = note.env[action["res_model"]].with_context(**action["context"])
composer = Composer.create({"partner_ids": [(6, 0, customer.ids)]})
attempts = done_over(composer.action_send_mail)
answer(attempts, note, printed=bool(note.printed_on))
""")
    assert_sent_once(answer, '"Retried" <customer@example.com>')
    assert answer["printed"]


def test_end_of_a_background_conversion(retried):
    answer = retried("""
note = new_note()
note.action_validate()
run = note.env["crm.conversion.run"]._crm_start(note, "invoice", "customer").sudo()
env.cr.commit()
del sent[:]
Run = env.registry["crm.conversion.run"]
finish, convert, tries = Run._crm_finish, Run._crm_convert_chunk, []
def refused_first(method):
    seen = []
    def attempt(self):
        result = method(self)
        self.env.flush_all()
        tries.append([1, len(sent)])
        if not seen:
            seen.append(1)
            refuse(self.env.cr)
        return result
    return attempt
Run._crm_finish = refused_first(finish)
Run._crm_convert_chunk = refused_first(convert)
while run._crm_step():
    pass
env.invalidate_all()
answer(tries, run, state=run.state, invoices=len(note.invoice_ids),
       notified=env["mail.message"].sudo().search_count(
           [("subject", "=", "Conversion finished"), ("partner_ids", "in", user.partner_id.ids),
            ("model", "=", run._name), ("res_id", "=", run.id)]
       ))
""")
    # twice each: the chunk, and the end
    assert answer["attempts"] == [[1, 0]] * 4, answer
    assert len(answer["sent"]) == 1, answer
    assert "vendedora" in answer["sent"][0]
    assert (answer["state"], answer["invoices"], answer["notified"]) == ("done", 1, 1)


REMINDERS = {
    "quotes that expire": (
        "sale.order",
        "_cron_crm_check_validity",
        "mail_activity_type_quote_expires",
        """
env.company.crm_quote_reminder_days = 3
order = new_order(validity_date=fields.Date.today() + datetime.timedelta(days=1))
order.action_quotation_sent()
""",
    ),
    "late deliveries": (
        "sale.order",
        "_cron_crm_remind_late_deliveries",
        "mail_activity_type_late_delivery",
        """
env.company.crm_late_delivery_days = 1
order = new_order(commitment_date=fields.Datetime.now() - datetime.timedelta(days=5))
order.action_confirm()
""",
    ),
    "end of the tax period": (
        "crm.delivery.note",
        "_cron_crm_alert_tax_period",
        "mail_activity_type_tax_period",
        """
env.company.write({"crm_tax_period": "month", "crm_tax_period_days": 28})
note = new_note()
note.action_validate()
""",
    ),
}


@pytest.mark.parametrize("reminder", REMINDERS)
def test_reminders(retried, reminder):
    """A scheduled job that is refused is rolled back, and takes the work up again."""
    model, method, activity_type, prepare = REMINDERS[reminder]
    answer = retried(
        prepare
        + f"""
Model, method = env[{model!r}], {method!r}
kind = env.ref("crm_sales_docs.{activity_type}")
def count():
    return env["mail.activity"].with_context(active_test=False).search_count(
        [("activity_type_id", "=", kind.id), ("user_id", "=", user.id)]
    )
env["mail.activity"].with_context(active_test=False).search(
    [("activity_type_id", "=", kind.id)]
).unlink()
env.cr.commit()
del sent[:]
Activity = env.registry["mail.activity"]
create, tries = Activity.create, []
def refused_first(self, vals_list):
    activities = create(self, vals_list)
    self.env.flush_all()
    tries.append(len(activities))
    if len(tries) == 1:
        refuse(self.env.cr)
    return activities
Activity.create = refused_first
counts = []
for _run in range(3):
    try:
        getattr(Model, method)()
        env.cr.commit()
    except Exception as error:
        assert error.pgcode == "40001", error
        env.cr.rollback()
        env.transaction.reset()
    counts.append(count())
print(json.dumps(dict(counts=counts, sent=sent)))
"""
    )
    # nothing of the refused run, one reminder of the next, none more of the third
    assert answer["counts"] == [0, 1, 1], answer
    assert len(answer["sent"]) <= 1, answer
