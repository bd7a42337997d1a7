# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .res_company_left_to_do import PERIOD_MONTHS

_ALERT = "crm_sales_docs.mail_activity_type_tax_period"


class CrmDeliveryNote(models.Model):
    """Deliveries that the law wants invoiced in the tax period in which they were made."""

    _inherit = "crm.delivery.note"

    invoiced_on = fields.Date(
        compute="_compute_invoiced_on",
        store=True,
        copy=False,
        help="The date of the last invoice, once everything is invoiced and posted.",
    )
    tax_period_end = fields.Date(
        "Invoice By",
        compute="_compute_tax_period_end",
        help="The last day of the tax period of the delivery.",
    )
    not_invoiced_in_period = fields.Boolean(
        "Not Invoiced in Its Tax Period",
        compute="_compute_not_invoiced_in_period",
        search="_search_not_invoiced_in_period",
        help="The tax period of the delivery ended before all of it was invoiced.",
    )

    # Whoever is late by a quarter is late by a month as well.
    _missed_period_idx = models.Index(
        "(company_id, date) WHERE state = 'done' AND note_type = 'delivery'"
        " AND invoice_state IN ('to', 'partial', 'done')"
        " AND (invoiced_on IS NULL OR date_trunc('month', invoiced_on::timestamp)"
        " > date_trunc('month', date::timestamp))"
    )

    # === COMPUTES ===#
    @api.depends(
        "invoice_state",
        "note_type",
        "line_ids.invoice_line_ids.move_id.state",
        "line_ids.invoice_line_ids.move_id.invoice_date",
        "line_ids.sale_line_id.invoice_lines.move_id.state",
    )
    def _compute_invoiced_on(self):
        for note in self:
            note.invoiced_on = note.invoice_state == "done" and note._crm_last_invoice_date()

    def _crm_last_invoice_date(self):
        """Return the date of the last invoice, or credit note of a return, if all are posted."""
        self.ensure_one()
        move_type = "out_refund" if self.note_type == "return" else "out_invoice"
        # goods that were invoiced before they were delivered have no invoice of the note
        moves = self.line_ids.invoice_line_ids.move_id or self.order_ids.invoice_ids
        moves = moves.filtered(lambda move: move.move_type == move_type and move.state != "cancel")
        if not moves or any(move.state != "posted" for move in moves):
            return False
        return max(move.invoice_date or move.date for move in moves)

    @api.depends("date", "company_id.crm_tax_period")
    def _compute_tax_period_end(self):
        for note in self:
            note.tax_period_end = note.company_id._crm_tax_period_end(note.date)

    @api.depends("state", "note_type", "invoice_state", "invoiced_on", "tax_period_end")
    @api.depends_context("tz")
    def _compute_not_invoiced_in_period(self):
        today = fields.Date.context_today(self)
        for note in self:
            end = note.tax_period_end
            note.not_invoiced_in_period = (
                bool(end)
                and note.state == "done"
                and note.note_type == "delivery"
                and note.invoice_state != "no"
                and (note.invoiced_on or today) > end
            )

    def _search_not_invoiced_in_period(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        today = fields.Date.context_today(self)
        companies = self.env["res.company"].sudo().search([("crm_tax_period", "!=", "off")])
        return Domain(
            [
                ("state", "=", "done"),
                ("note_type", "=", "delivery"),
                ("invoice_state", "in", ("to", "partial", "done")),
            ]
        ) & Domain.OR(
            Domain("company_id", "in", group.ids) & self._crm_missed_domain(period, today)
            for period, group in companies.grouped("crm_tax_period").items()
        )

    @api.model
    def _crm_missed_domain(self, period, today):
        """Return the domain of what was invoiced after its period, or not, while that is over."""
        start = today.replace(day=1) - relativedelta(
            months=(today.month - 1) % PERIOD_MONTHS[period]
        )

        def to_sql(model, alias, query):
            date = model._field_to_sql(alias, "date", query)
            invoiced_on = model._field_to_sql(alias, "invoiced_on", query)

            def later(unit):
                return SQL(
                    "date_trunc(%(unit)s, %(invoiced_on)s::timestamp)"
                    " > date_trunc(%(unit)s, %(date)s::timestamp)",
                    unit=unit,
                    invoiced_on=invoiced_on,
                    date=date,
                )

            return SQL(
                # the first condition is that of the index
                "(%(invoiced_on)s IS NULL OR %(month)s)"
                " AND ((%(invoiced_on)s IS NULL AND %(date)s < %(start)s) OR %(period)s)",
                invoiced_on=invoiced_on,
                date=date,
                month=later("month"),
                start=start,
                period=later(period),
            )

        return Domain.custom(to_sql=to_sql, predicate=lambda note: note.not_invoiced_in_period)

    # === CRON ===#
    @api.model
    def _cron_crm_alert_tax_period(self):
        """Tell everybody who answers for delivery notes, by one activity each, how many are not
        invoiced while their tax period ends, or ended before; take it back once none is.
        """
        activity_type = self.env.ref(_ALERT, raise_if_not_found=False)
        if not activity_type:
            return
        Activity = self.env["mail.activity"].with_context(active_test=False)
        existing = Activity.search([("activity_type_id", "=", activity_type.id)], order="id")
        due = self._crm_due_by_owner()
        to_close = existing.filtered("active")
        for user, rows in due.items():
            theirs = self.with_context(lang=user.lang, tz=user.tz)
            values = theirs._crm_alert_vals(user, rows)
            own = existing.filtered(lambda activity, user=user: activity.user_id == user)
            alert = own.filtered("active")[:1]
            to_close -= alert
            if alert:
                alert.write(values)
            # what a person ticked off comes back with the next period
            elif values["date_deadline"] not in own.mapped("date_deadline"):
                Activity.create(
                    {
                        "activity_type_id": activity_type.id,
                        "automated": True,
                        "user_id": user.id,
                        "res_model_id": False,
                        **values,
                    }
                )
        to_close.unlink()

    @api.model
    def _crm_due_by_owner(self):
        """Return ``{user: [(company, end of the period, notes)]}`` of what is to be invoiced now:
        from the day on which the company warns of a period.
        """
        due = defaultdict(list)
        counts = defaultdict(int)
        companies = self.env["res.company"].search([("crm_tax_period", "!=", "off")])
        domain = Domain(
            [
                ("company_id", "in", companies.ids),
                ("state", "=", "done"),
                ("note_type", "=", "delivery"),
                ("invoice_state", "in", ("to", "partial")),
            ]
        )
        assigned = domain & Domain("user_id.active", "=", True)
        for company, user, month, count in self._read_group(
            assigned, ["company_id", "user_id", "date:month"], ["__count"]
        ):
            counts[user, company, company._crm_tax_period_end(month)] += count
        for note in self.search(domain & ~Domain("user_id.active", "=", True)):
            owner = note._crm_owner()
            counts[owner, note.company_id, note.tax_period_end] += 1
        for (user, company, end), count in counts.items():
            today = fields.Date.context_today(self.with_context(tz=user.tz))
            if user and today >= end - timedelta(days=company.crm_tax_period_days):
                due[user].append((company, end, count))
        return due

    def _crm_alert_vals(self, user, rows):
        """Return the words and the deadline of the alert, in the language of who gets it."""
        # whoever sees the notes of all may answer for those of somebody who left
        sees_all = user.has_group("sales_team.group_sale_salesman_all_leads")
        path = "delivery-notes-to-invoice" if sees_all else "my-notes-to-invoice"
        rows = sorted(rows, key=lambda row: (row[1], row[0].id))
        today = fields.Date.context_today(self)
        total = sum(count for _company, _end, count in rows)
        ahead = [end for _company, end, _count in rows if end >= today]
        several = len({company for company, _end, _count in rows}) > 1
        items = []
        for company, end, count in rows:
            values = {"count": count, "date": format_date(self.env, end)}
            if end < today:
                text = self.env._("%(count)s of the tax period that ended on %(date)s", **values)
            else:
                text = self.env._("%(count)s to invoice by %(date)s", **values)
            items.append(f"{company.name}: {text}" if several else text)
        return {
            "summary": self.env._("Delivery notes not invoiced: %(count)s", count=total),
            "note": Markup('<ul>%s</ul><p><a href="/odoo/%s">%s</a></p>')
            % (
                Markup().join(Markup("<li>%s</li>") % item for item in items),
                path,
                self.env._("Open the delivery notes to invoice"),
            ),
            "date_deadline": min(ahead) if ahead else max(end for _c, end, _n in rows),
        }
