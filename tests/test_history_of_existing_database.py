# SPDX-License-Identifier: LGPL-3.0-or-later
"""The history of a company that has worked with Odoo for years, complete once the suite is there.

Odoo's demo data, and by SQL 10,000 partners, 50,000 orders and 50,000 messages. What must be in
the history is counted in the documents themselves.
"""

import random
import time

import pytest

import server

PARTNERS, COMPANIES, ORDERS, MESSAGES = 10_000, 2_500, 50_000, 50_000
PAGE = 40
KINDS = {
    *("quote", "order", "delivery", "invoice", "refund", "payment", "case"),
    *("return", "lead", "opportunity", "rfq", "purchase", "bill"),
    *("call", "visit", "meeting", "email", "note", "activity", "done"),
}

# What is quicker through Odoo: users, and the documents of which the demo data has none.
PREPARE = """
import json
from odoo import Command
for name in ("Ana Quispe", "Bruno Salas", "Carla Rojas", "Diego Paz", "Elena Vega", "Fabio Luna"):
    env["res.users"].create({
        "name": name,
        "login": "seller " + name,
        "group_ids": [Command.set(env.ref("sales_team.group_sale_salesman").ids)],
    })
moves = env["account.move"].search([("state", "=", "posted"), ("payment_state", "=", "not_paid")])
for move_type in ("out_invoice", "in_invoice"):
    for move in moves.filtered(lambda move: move.move_type == move_type)[:3]:
        env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
customer = env["res.partner"].search([("is_company", "=", True)], limit=1)
env["crm.lead"].create([
    {"name": "Lost", "type": "opportunity", "partner_id": customer.id, "active": False},
    {"name": "Not qualified yet", "type": "lead", "partner_id": customer.id},
    {"name": "From nobody", "type": "lead"},
])
env.cr.commit()
print(json.dumps(True))
"""

# The same every time, and uneven as in life: a few have hundreds of orders, most have two or three.
GROW = f"""
CREATE TEMP TABLE seller AS
    SELECT row_number() OVER (ORDER BY id) - 1 AS n, id, partner_id
      FROM res_users WHERE login LIKE 'seller %';

INSERT INTO res_partner (ref, name, complete_name, is_company, type, active, parent_id, user_id,
                         email, email_normalized, phone, city, lang, partner_share, autopost_bills,
                         customer_rank, create_date)
SELECT 'grown ' || made.n, name, name, is_company, type, made.n % 97 != 0, NULL, seller.id,
       mail, mail, '+51 1 ' || 2000000 + made.n, city, 'es_419', TRUE, 'ask', 1,
       timezone('UTC', now()) - interval '7 years' + made.n * interval '6 hours'
  FROM (
    SELECT n, n <= {COMPANIES} AS is_company,
           CASE WHEN n <= {COMPANIES} OR n > {PARTNERS} - 500 OR n % 9 > 1 THEN 'contact'
                WHEN n % 9 = 0 THEN 'delivery' ELSE 'invoice' END AS type,
           CASE WHEN n <= {COMPANIES} THEN concat_ws(' ',
               ('{{Ferretería,Distribuidora,Comercial,Inversiones,Transportes,Agrícola,Textiles,'
                'Librería,Farmacia,Constructora}}'::text[])[n % 10 + 1],
               ('{{Quispe,Rojas,Andina,Pacífico,Salas,Vega,Luna,Paredes,Mendoza,Cusco,Tacna,Ayala,'
                'Cáceres,Bolívar,Arenas,Huaraz,Ríos,Torres,Valdivia,Zárate,Castro,Ibarra,Soto,'
                'Núñez,Ochoa}}'::text[])[n / 10 % 25 + 1],
               ('{{S.A.,S.A.C.,e Hijos,y Cía.,del Norte,del Sur,Central,Express,Unida,Real}}'
                ::text[])[n / 250 % 10 + 1])
           ELSE concat_ws(' ',
               ('{{María,José,Lucía,Pedro,Rosa,Juan,Elena,Luis,Carmen,Hugo,Inés,Óscar,Julia,Raúl,'
                'Sofía,Iván,Nora,Saúl,Vera,Tomás}}'::text[])[n % 20 + 1],
               ('{{Flores,García,Huamán,Chávez,Díaz,Ramos,Cruz,Mamani,Gómez,León,Silva,Vargas,'
                'Campos,Reyes,Ortiz,Peña,Rivas,Tello,Uribe,Yupanqui}}'::text[])[n / 20 % 20 + 1],
               ('{{Acosta,Benites,Cueva,Dávila,Espinoza,Farfán,Guerra,Hidalgo,Izquierdo,Jara,'
                'Loayza,Medina,Neyra,Olivares,Palacios,Quiroz,Romero,Sánchez,Tapia,Urrutia,'
                'Valle,Wong,Ynga,Zegarra,Zapata}}'::text[])[n / 400 % 25 + 1])
           END AS name,
           'partner.' || n || '@customer' || n % {COMPANIES} || '.example' AS mail,
           ('{{Lima,Cusco,Arequipa,Trujillo,Piura,Tacna}}'::text[])[n % 6 + 1] AS city
      FROM generate_series(1, {PARTNERS}) AS n
  ) AS made LEFT JOIN seller ON seller.n = made.n % 8;

CREATE TEMP TABLE grown AS
    SELECT substr(ref, 7)::int AS n, id FROM res_partner WHERE ref LIKE 'grown %';
CREATE UNIQUE INDEX ON grown (n);
-- The last 500 are people of their own.
UPDATE res_partner partner SET parent_id = company.id,
       complete_name = (SELECT name FROM res_partner WHERE id = company.id) || ', ' || name
  FROM grown JOIN grown company ON company.n = (grown.n - {COMPANIES}) % {COMPANIES} + 1
 WHERE partner.id = grown.id AND grown.n > {COMPANIES} AND grown.n <= {PARTNERS} - 500;
UPDATE res_partner partner SET commercial_partner_id = COALESCE(parent_id, partner.id)
  FROM grown WHERE partner.id = grown.id;

INSERT INTO sale_order (name, company_id, currency_id, currency_rate, partner_id,
                        partner_invoice_id, partner_shipping_id, user_id, state, locked,
                        invoice_status, date_order, create_date, amount_untaxed, amount_tax,
                        amount_total)
SELECT 'GROWN' || made.n, company.id, company.currency_id, 1, partner.id,
       partner.commercial_partner_id, partner.id, seller.id, made.state, FALSE,
       CASE made.state WHEN 'sale' THEN 'to invoice' ELSE 'no' END, moment, moment,
       amount, 0, amount
  FROM (
    SELECT n, timezone('UTC', now())::timestamp(0) - n * interval '3787 seconds' AS moment,
           CASE WHEN n % 20 < 4 THEN 'draft' WHEN n % 20 < 7 THEN 'sent'
                WHEN n % 20 < 18 THEN 'sale' ELSE 'cancel' END AS state,
           CASE WHEN n % 7 < 4 THEN 1 + floor({COMPANIES} * share * share)
                ELSE {COMPANIES} + 1 + floor(({PARTNERS} - {COMPANIES}) * share * share)
           END AS whose, 2 * (n % 9 + 1) * (10 + n % 500) AS amount
      FROM generate_series(1, {ORDERS}) AS n
     CROSS JOIN LATERAL (SELECT n * 7919 % 50021 / 50021.0) AS s(share)
  ) AS made
  JOIN grown ON grown.n = made.whose
  JOIN res_partner partner ON partner.id = grown.id
  JOIN res_company company ON company.id = 1
  LEFT JOIN seller ON seller.n = made.n % 8;

INSERT INTO sale_order_line (order_id, company_id, currency_id, order_partner_id, salesman_id,
                             state, sequence, product_id, product_uom_id, name, product_uom_qty,
                             price_unit, price_subtotal, price_tax, price_total, customer_lead,
                             qty_delivered_method, qty_delivered, qty_invoiced, qty_to_invoice,
                             invoice_status, discount)
SELECT o.id, o.company_id, o.currency_id, o.partner_id, o.user_id, o.state, part * 10, product.id,
       template.uom_id, 'Goods', o.amount_total / 2 / price, price, o.amount_total / 2, 0,
       o.amount_total / 2, 0, 'manual', 0, 0, 0, o.invoice_status, 0
  FROM sale_order o
 CROSS JOIN LATERAL (SELECT 10 + substr(o.name, 6)::int % 500) AS p(price)
 CROSS JOIN generate_series(1, 2) AS part
  JOIN product_product product ON product.id = (
      SELECT min(product_product.id) FROM product_product
        JOIN product_template ON product_template.id = product_tmpl_id
       WHERE type = 'consu' AND product_product.active)
  JOIN product_template template ON template.id = product.product_tmpl_id
 WHERE o.name LIKE 'GROWN%';

CREATE TEMP TABLE ordered AS
    SELECT substr(name, 6)::int AS n, id, partner_id FROM sale_order WHERE name LIKE 'GROWN%';
CREATE UNIQUE INDEX ON ordered (n);
-- In 50: 9 from us, 9 notes, 8 from the customer, 3 mailings, 5 done activities, and what no one
-- wrote: 12 changes of a field, 4 told to a single user.
WITH kind AS (
    SELECT * FROM (VALUES
        (0, 8, 'comment', 'mt_comment'), (9, 17, 'comment', 'mt_note'),
        (18, 25, 'email', 'mt_comment'), (26, 28, 'email_outgoing', 'mt_comment'),
        (29, 33, 'notification', 'mt_activities'), (34, 45, 'notification', 'mt_note'),
        (46, 49, 'user_notification', 'mt_note')
    ) AS kind(first, last, message_type, subtype)
)
INSERT INTO mail_message (message_id, message_type, subtype_id, mail_activity_type_id, is_internal,
                          model, res_id, author_id, subject, body, date, create_date)
SELECT '<grown-' || made.n || '@example>', kind.message_type, subtype.res_id,
       CASE kind.subtype WHEN 'mt_activities' THEN todo.res_id END,
       kind.message_type = 'comment' AND made.n % 11 = 0,
       CASE WHEN about_order THEN 'sale.order' ELSE 'res.partner' END,
       CASE WHEN gone THEN 2000000000 WHEN about_order THEN ordered.id ELSE grown.id END,
       CASE WHEN kind.message_type != 'email' THEN seller.partner_id
            WHEN about_order THEN ordered.partner_id ELSE grown.id END,
       CASE WHEN kind.message_type LIKE 'email%' AND NOT emptied THEN 'Inquiry ' || made.n END,
       -- A change has no text either.
       CASE WHEN emptied OR kind.first = 34 THEN '' ELSE '<p>Message ' || made.n || '</p>' END,
       moment, moment
  FROM (
    -- Some are about what was deleted since; who deletes a message leaves it there, emptied.
    SELECT n, n % 3 > 0 AS about_order, n % 509 = 0 AS gone, n % 503 = 0 AS emptied,
           n * 6247 % {ORDERS} + 1 AS number, 1 + floor({PARTNERS} * share * share) AS whose,
           timezone('UTC', now())::timestamp(0) - n * interval '3793 seconds' AS moment
      FROM generate_series(1, {MESSAGES}) AS n
     CROSS JOIN LATERAL (SELECT n * 6841 % 50021 / 50021.0) AS s(share)
  ) AS made
  JOIN ordered ON ordered.n = number
  JOIN grown ON grown.n = whose
  JOIN seller ON seller.n = made.n % 6
  JOIN kind ON made.n / 3 % 50 BETWEEN kind.first AND kind.last
  JOIN ir_model_data subtype ON subtype.module = 'mail' AND subtype.name = kind.subtype
  JOIN ir_model_data todo ON todo.module = 'mail' AND todo.name = 'mail_activity_data_todo';
INSERT INTO mail_tracking_value (mail_message_id, field_id, old_value_char, new_value_char)
SELECT message.id, field.id, 'Ana Quispe', 'Bruno Salas'
  FROM mail_message message
  JOIN ir_model_fields field ON field.model = message.model AND field.name = 'user_id'
 WHERE message_id LIKE '<grown-%' AND message_type = 'notification' AND body = ''
   AND mail_activity_type_id IS NULL;

INSERT INTO mail_activity (activity_type_id, res_model_id, res_model, res_id, user_id, summary,
                           date_deadline, active)
SELECT todo.res_id, model.id, model.model, CASE model.model WHEN 'sale.order' THEN ordered.id
       ELSE grown.id END, seller.id, 'Call back', current_date + grown.n % 60 - 30,
       grown.n % 10 != 0
  FROM generate_series(1, 500) AS n
  JOIN ordered USING (n) JOIN grown USING (n) JOIN seller ON seller.n = grown.n % 6
  JOIN ir_model model ON model.model = ('{{sale.order,res.partner}}'::text[])[grown.n % 2 + 1]
  JOIN ir_model_data todo ON todo.module = 'mail' AND todo.name = 'mail_activity_data_todo';
ANALYZE;
"""

# Every document that a user looks for in the history, once for each of its people and accounts.
EXPECTED = """
CREATE TEMP VIEW colleague AS
    SELECT partner_id FROM res_users WHERE NOT share;
CREATE TEMP VIEW met AS
    SELECT calendar_event_id AS id, res_partner_id AS partner_id
      FROM calendar_event_res_partner_rel
     WHERE res_partner_id NOT IN (SELECT partner_id FROM colleague)
     UNION SELECT id, crm_visit_partner_id FROM calendar_event
            WHERE crm_visit_partner_id IS NOT NULL;
CREATE TEMP VIEW document AS
    SELECT 'sale.order' AS model, id, partner_id, date_order AS date,
           CASE state WHEN 'sale' THEN 'order' ELSE 'quote' END AS kind FROM sale_order
     UNION ALL
    SELECT 'account.move', id, partner_id, COALESCE(invoice_date, date) + interval '12 hours',
           CASE move_type WHEN 'out_invoice' THEN 'invoice' WHEN 'out_receipt' THEN 'invoice'
                WHEN 'out_refund' THEN 'refund' WHEN 'in_invoice' THEN 'bill'
                WHEN 'in_receipt' THEN 'bill' WHEN 'in_refund' THEN 'vendor_refund' END
      FROM account_move
     UNION ALL
    SELECT 'account.payment', id, partner_id, date + interval '12 hours', 'payment'
      FROM account_payment
     UNION ALL
    SELECT 'crm.lead', id, partner_id, create_date, type FROM crm_lead
     UNION ALL
    SELECT 'purchase.order', id, partner_id, COALESCE(date_approve, create_date),
           CASE state WHEN 'purchase' THEN 'purchase' ELSE 'rfq' END FROM purchase_order
     UNION ALL
    SELECT 'crm.call', id, partner_id, date, 'call' FROM crm_call
     UNION ALL
    SELECT 'crm.case', id, COALESCE(partner_id, crm_account_id), create_date, 'case' FROM crm_case
     UNION ALL
    SELECT 'crm.delivery.note', id, partner_id, date + interval '12 hours', note_type
      FROM crm_delivery_note;
CREATE TEMP VIEW concerned AS
    SELECT model, id, partner_id FROM document
     UNION ALL SELECT 'res.partner', id, id FROM res_partner
     UNION ALL SELECT 'res.partner.bank', id, partner_id FROM res_partner_bank
     UNION ALL SELECT 'calendar.event', id, partner_id FROM met
     UNION ALL SELECT 'calendar.event', event.id, about.partner_id
                 FROM calendar_event event
                 JOIN document about ON about.model = event.res_model AND about.id = event.res_id
                WHERE event.id NOT IN (SELECT id FROM met);
CREATE TEMP TABLE expected AS
    SELECT * FROM document WHERE kind IS NOT NULL AND partner_id IS NOT NULL
     UNION ALL
    SELECT concerned.model, id, partner_id, start,
           CASE WHEN crm_visit THEN 'visit' ELSE 'meeting' END
      FROM calendar_event JOIN concerned USING (id)
     WHERE active AND concerned.model = 'calendar.event'
     UNION ALL
    SELECT 'mail.activity', activity.id, partner_id, date_deadline + interval '12 hours', 'activity'
      FROM mail_activity activity
      JOIN concerned ON model = res_model AND concerned.id = res_id
     WHERE active AND calendar_event_id IS NULL AND partner_id IS NOT NULL
     UNION ALL
    SELECT 'mail.message', message.id, partner_id, date,
           CASE WHEN mail_activity_type_id IS NOT NULL THEN 'done'
                WHEN message_type = 'sms' THEN 'sms'
                WHEN is_internal OR subtype.internal THEN 'note' ELSE 'email' END
      FROM mail_message message
      JOIN concerned ON concerned.model = message.model AND concerned.id = res_id
 LEFT JOIN mail_message_subtype subtype ON subtype.id = subtype_id
     WHERE partner_id IS NOT NULL
       AND (message_type IN ('comment', 'email', 'email_outgoing', 'sms')
            OR mail_activity_type_id IS NOT NULL
            OR message_type IN ('notification', 'auto_comment') AND EXISTS (
               SELECT FROM mail_notification
                WHERE mail_message_id = message.id
                  AND res_partner_id NOT IN (SELECT partner_id FROM colleague)))
       AND (subject != '' OR regexp_replace(body, '<[^>]*>|\\s', '', 'g') != ''
            OR EXISTS (SELECT FROM message_attachment_rel WHERE message_id = message.id)
            OR EXISTS (SELECT FROM mail_tracking_value WHERE mail_message_id = message.id));
CREATE INDEX ON expected (partner_id);
"""
# Per kind: how many documents, and how many rows more for their further people.
EXPECTED_COUNTS = """
SELECT kind, count(DISTINCT (model, id)), count(*) - count(DISTINCT (model, id))
  FROM expected GROUP BY kind ORDER BY kind
"""
COUNTS = """
SELECT kind, count(*) FILTER (WHERE position = 0), count(*) FILTER (WHERE position > 0)
  FROM crm_account_event GROUP BY kind ORDER BY kind
"""
EXPECTED_ROWS = "SELECT kind, model, id, partner_id FROM expected"
ROWS = "SELECT kind, res_model, res_id, partner_id FROM crm_account_event"
# Companies show what concerns their people too, people what concerns themselves.
NEWEST = """
SELECT asked.id, date_trunc('second', newest.date), newest.model, newest.id
  FROM res_partner asked CROSS JOIN LATERAL (
    SELECT DISTINCT date, model, expected.id
      FROM expected JOIN res_partner partner ON partner.id = partner_id
     WHERE CASE WHEN asked.is_company THEN commercial_partner_id ELSE partner.id END = asked.id
       AND kind != 'activity' AND date <= timezone('UTC', now())
  ORDER BY date DESC LIMIT %d
  ) AS newest WHERE asked.id IN (%s)
"""
PAGES = """
import json
events = env(user=env.ref("base.user_admin"))["crm.account.event"]
print(json.dumps({
    partner_id: [
        [event["date"], event["source_model"], str(event["source_id"])]
        for event in events.crm_history(partner_id, limit=%d)["events"]
    ]
    for partner_id in %s
}))
"""

BACKFILL = """
import json, time
job = env.ref("crm_accounts.ir_cron_backfill_history")
left = env["crm.timeline.backfill"].search([("next_id", ">", 0)])
start, turns = time.monotonic(), 0
while left and turns < 100:
    assert job.method_direct_trigger() is True
    # The job has a transaction of its own: see what it committed.
    env.cr.commit()
    left, turns = left.search([("next_id", ">", 0)]), turns + 1
print(json.dumps({
    "seconds": time.monotonic() - start,
    "turns": turns,
    "left": left.mapped("model"),
    "sources": sorted(env["crm.account.event"]._crm_sources()),
    "known": left.search([]).mapped("model"),
    "progress": env["crm.timeline.backfill"]._crm_progress(),
}))
"""


def expected(database, statement):
    """Return the rows of a statement over the table ``expected``."""
    return server.query(database, EXPECTED + statement)


@pytest.fixture(scope="module")
def grown(make_database):
    """A database of Odoo after years of work, without the suite."""
    database = make_database("CRM_SUITE_ODOO_DEMO")
    server.run_python(database, PREPARE)
    server.query(database, GROW)
    for table, column, prefix, count in (
        ("res_partner", "ref", "grown ", PARTNERS),
        ("sale_order", "name", "GROWN", ORDERS),
        ("mail_message", "message_id", "<grown-", MESSAGES),
    ):
        made = f"SELECT count(*) FROM {table} WHERE {column} LIKE '{prefix}%'"
        assert server.query(database, made) == [[str(count)]]
    return database


@pytest.fixture(scope="module")
def installed(grown):
    """The suite added to it: what the log complained of, and the seconds it took."""
    start = time.monotonic()
    noise = server.run_odoo("-d", grown, "-i", ",".join(server.SUITE))
    return noise, time.monotonic() - start


@pytest.fixture(scope="module")
def taken_over(grown, installed):
    """What the scheduled job found left by the installation, and did."""
    return server.run_python(grown, BACKFILL)


def test_installs_without_a_warning(installed):
    noise, seconds = installed
    print(f"installed in {seconds:.0f} s")
    assert noise == []


def test_takes_over_every_model_to_the_end(taken_over):
    print(f"left to the scheduled job: {taken_over['turns']} runs, {taken_over['seconds']:.1f} s")
    assert taken_over["left"] == []
    assert sorted(taken_over["known"]) == taken_over["sources"]
    assert taken_over["progress"] == 100


def test_counts_per_kind_are_those_of_the_documents(grown, taken_over):
    counts = expected(grown, EXPECTED_COUNTS)
    print("kind, documents, further rows:", *map(" ".join, counts), sep="\n")
    assert server.query(grown, COUNTS) == counts
    # None of them is equal for want of documents.
    assert {row[0] for row in counts} >= KINDS


def assert_complete(database):
    """Every document is there once for each of its people, and nothing else is."""
    assert expected(database, f"{EXPECTED_ROWS} EXCEPT ALL {ROWS} LIMIT 20") == []
    assert expected(database, f"{ROWS} EXCEPT ALL {EXPECTED_ROWS} LIMIT 20") == []


def test_every_document_is_there_once_for_each_of_its_people(grown, taken_over):
    assert_complete(grown)


def test_every_document_is_with_the_company_of_its_people(grown, taken_over):
    elsewhere = """
        SELECT res_model, res_id FROM crm_account_event event
          JOIN res_partner partner ON partner.id = event.partner_id
         WHERE partner.ref LIKE 'grown %' AND (
               event.root_partner_id != COALESCE(partner.parent_id, partner.id)
            OR event.crm_account_id IS DISTINCT FROM
               CASE WHEN partner.is_company THEN partner.id ELSE partner.parent_id END)
         LIMIT 20
    """
    assert server.query(grown, elsewhere) == []


def test_first_page_is_the_newest_documents(grown, taken_over):
    some = []
    for condition in ("is_company", "NOT is_company"):
        found = expected(
            grown,
            "SELECT id FROM res_partner WHERE ref LIKE 'grown %' AND id IN"
            f" (SELECT partner_id FROM expected) AND {condition} ORDER BY id",
        )
        some += random.Random(3).sample([int(partner_id) for (partner_id,) in found], 10)
    newest = {str(partner_id): [] for partner_id in some}
    for partner_id, *row in expected(grown, NEWEST % (PAGE, ",".join(newest))):
        newest[partner_id].append(row)
    pages = server.run_python(grown, PAGES % (PAGE, some))
    assert all(newest.values())
    assert max(map(len, newest.values())) == PAGE
    for page in pages.values():
        assert page == sorted(page, key=lambda row: row[0], reverse=True)
    # Who has several at the same second may have them in any order.
    assert {key: sorted(page) for key, page in pages.items()} == {
        key: sorted(page) for key, page in newest.items()
    }


def test_taking_over_again_writes_nothing(grown, taken_over):
    fingerprint = (
        "SELECT count(*), md5(string_agg(event.ctid::text || event::text, '|' ORDER BY id))"
        " FROM crm_account_event event"
    )
    before = server.query(grown, fingerprint)
    server.query(grown, "UPDATE crm_timeline_backfill SET next_id = last_id")
    again = server.run_python(grown, BACKFILL)
    print(f"the same by the scheduled job: {again['turns']} runs, {again['seconds']:.1f} s")
    assert again["turns"] > 0
    assert (again["left"], again["progress"]) == ([], 100)
    assert server.query(grown, fingerprint) == before


def test_scheduled_job_does_all_that_an_installation_had_no_time_for(grown, taken_over):
    server.query(
        grown,
        "DELETE FROM crm_account_event USING crm_timeline_backfill job"
        " WHERE res_model = job.model AND res_id <= job.last_id;"
        " UPDATE crm_timeline_backfill SET next_id = last_id",
    )
    done = server.run_python(grown, BACKFILL)
    print(f"all by the scheduled job: {done['turns']} runs, {done['seconds']:.1f} s")
    assert (done["left"], done["progress"]) == ([], 100)
    assert_complete(grown)
