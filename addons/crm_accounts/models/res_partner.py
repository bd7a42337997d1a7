# SPDX-License-Identifier: LGPL-3.0-or-later
import re
from calendar import isleap
from collections import defaultdict

import phonenumbers
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.modules.db import FunctionStatus
from odoo.tools import SQL, email_normalize, escape_psql, format_date, formatLang, plaintext2html

from odoo.addons.phone_validation.tools.phone_validation import phone_format

from ..matching.keys import digits_key, mail_domain_key, name_key, vat_keys, web_domain_key
from ..matching.score import WARNING_SCORE, score

# Shorter parts of a number or tax id are found as words only.
MIN_KEY_LENGTH = 4
NOT_IN_PHONE_NUMBERS = re.compile(r"[^0-9\s+()./-]")
# Where the history of a company, a department and a person is: the column of the events, and the
# ranks of those that count each document once.
_SCOPES = (
    ("root_partner_id", [0]),
    ("crm_account_id", [0, 1]),
    ("partner_id", [0, 1, 2]),
)


def _month_and_day(date):
    return date.month * 100 + date.day


def _as_id(value):
    """Return the value if it may be the id of a record, else None."""
    return value if type(value) is int and 0 < value < 2**31 else None


def _as_words(registry, text):
    """Return the SQL of ``text`` in small letters, without accents where an index can do that."""
    if registry.has_unaccent == FunctionStatus.INDEXABLE:
        text = SQL("unaccent(%s)", text)
    return SQL("lower(%s)", text)


def _search_text(registry, column):
    """Return, as SQL, what a partner is found by: words in small letters and without accents, then
    tax id and registry number without punctuation, then phone numbers without anything but digits.

    :param column: function from the name of a field to the SQL of its column
    """
    words = SQL(" || ' ' || ").join(
        SQL("coalesce(%s, '')", column(name)) for name in ("complete_name", "email", "ref")
    )
    codes = [
        SQL("regexp_replace(lower(coalesce(%s, '')), '[^a-z0-9]', '', 'g')", column(name))
        for name in ("vat", "company_registry")
    ]
    numbers = [
        SQL("regexp_replace(coalesce(%s, ''), '[^0-9]', '', 'g')", column(name))
        for name in ("phone", "crm_mobile")
    ]
    return SQL(" || ' ' || ").join([_as_words(registry, words), *codes, *numbers])


def _search_index(registry):
    if not registry.has_trigram:
        return ""
    return f"USING gin (({_search_text(registry, SQL.identifier).code}) gin_trgm_ops)"


# Read together, and not whenever anything of a partner is read: most of Odoo never needs them.
_PERSONAL = "crm_personal"


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.match.source"]

    type = fields.Selection(
        selection_add=[("department", "Department")], ondelete={"department": "set other"}
    )
    crm_is_account = fields.Boolean(
        "Is an Account",
        compute="_compute_crm_is_account",
        store=True,
        help="Companies and departments are accounts; persons and plain addresses are not.",
    )
    crm_account_kind_ids = fields.Many2many(
        "crm.account.kind", string="Kinds", help="What the account is to us. Several may hold."
    )
    crm_account_id = fields.Many2one(
        "res.partner",
        "Account",
        compute="_compute_crm_account_id",
        store=True,
        recursive=True,
        index="btree_not_null",
        help="The nearest company or department: the record itself, or the one it belongs to.",
    )
    # Portal users read the contacts of their company, but nothing personal.
    crm_birthdate = fields.Date("Birth Date", groups="base.group_user", prefetch=_PERSONAL)
    crm_birthday = fields.Integer(
        compute="_compute_crm_birthday",
        store=True,
        index="btree_not_null",
        groups="base.group_user",
        exportable=False,
        help="Month and day of the birth date as one number, 314 for 14 March: what lists of "
        "birthdays are found by.",
        prefetch=_PERSONAL,
    )
    crm_next_birthday = fields.Date(
        "Next Birthday",
        compute="_compute_crm_next_birthday",
        search="_search_crm_next_birthday",
        groups="base.group_user",
    )
    crm_birthday_reminded = fields.Date(
        copy=False,
        readonly=True,
        groups="base.group_user",
        exportable=False,
        help="The birthday that the last reminder was made for.",
        prefetch=_PERSONAL,
    )
    crm_mobile = fields.Char("Mobile", groups="base.group_user", prefetch=_PERSONAL)
    crm_salutation_id = fields.Many2one(
        "crm.salutation",
        "Salutation",
        groups="base.group_user",
        ondelete="restrict",
        prefetch=_PERSONAL,
    )
    crm_preferred_channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("mobile", "Mobile"),
            ("email", "Email"),
            ("whatsapp", "WhatsApp"),
            ("visit", "Visit"),
            ("letter", "Letter"),
        ],
        "Preferred Channel",
        groups="base.group_user",
        help="How the person wants to be reached.",
        prefetch=_PERSONAL,
    )
    crm_team_id = fields.Many2one(
        "crm.team",
        "Sales Team",
        compute="_compute_crm_team_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The team that looks after the account: the one of its salesperson, unless another "
        "is chosen.",
        prefetch=_PERSONAL,
    )
    crm_search = fields.Char(
        "Name, Tax ID, Email or Phone",
        store=False,
        search="_search_crm_search",
        exportable=False,
        groups="base.group_user",
    )
    crm_department_ids = fields.One2many(
        "res.partner", "parent_id", "Departments", domain=[("type", "=", "department")]
    )
    crm_account_contact_ids = fields.One2many(
        "crm.account.contact",
        "account_id",
        "People and Roles",
        groups="sales_team.group_sale_salesman",
    )
    crm_contact_account_ids = fields.One2many(
        "crm.account.contact",
        "contact_id",
        "Accounts and Roles",
        groups="sales_team.group_sale_salesman",
    )
    crm_call_count = fields.Integer(
        "Calls", compute="_compute_crm_call_count", groups="sales_team.group_sale_salesman"
    )
    crm_visit_count = fields.Integer(
        "Visits", compute="_compute_crm_visit_count", groups="sales_team.group_sale_salesman"
    )
    crm_people_count = fields.Integer(
        "People", compute="_compute_crm_people_count", groups="sales_team.group_sale_salesman"
    )
    crm_department_count = fields.Integer(
        "Departments below",
        compute="_compute_crm_branch_totals",
        groups="sales_team.group_sale_salesman",
    )
    crm_subsidiary_count = fields.Integer(
        "Subsidiaries",
        compute="_compute_crm_branch_totals",
        groups="sales_team.group_sale_salesman",
    )
    crm_interaction_count = fields.Integer(
        "Calls and Visits (12 months)",
        compute="_compute_crm_branch_totals",
        groups="sales_team.group_sale_salesman",
    )
    crm_branch_totals = fields.Json(
        "Totals of the Branch",
        compute="_compute_crm_branch_totals",
        groups="sales_team.group_sale_salesman",
        exportable=False,
    )

    _crm_department_name = models.Constraint(
        "CHECK (type != 'department' OR name IS NOT NULL)", "Departments require a name."
    )
    _crm_account_idx = models.Index("(complete_name, id DESC) WHERE crm_is_account IS TRUE")
    crm_currency_id = fields.Many2one(
        "res.currency", "Currency of the Figures", compute="_compute_crm_currency_id"
    )
    crm_last_contact_date = fields.Datetime(
        "Last Contact",
        compute="_compute_crm_last_contact_date",
        groups="base.group_user",
        help="The last answered call, visit, meeting or e-mail that you may see.",
    )
    crm_days_silent = fields.Integer(
        "Days Silent",
        compute="_compute_crm_last_contact_date",
        search="_search_crm_days_silent",
        aggregator=None,
        groups="base.group_user",
        help="Days since the last contact.",
    )
    crm_next_step = fields.Char(
        "Next Step", compute="_compute_crm_next_step", groups="base.group_user"
    )
    crm_next_step_date = fields.Datetime(
        "Next Step on", compute="_compute_crm_next_step", groups="base.group_user"
    )
    crm_next_step_late = fields.Boolean(
        "Next Step Is Late", compute="_compute_crm_next_step", groups="base.group_user"
    )

    _crm_search_idx = models.Index(_search_index)

    @api.depends("is_company", "type")
    def _compute_crm_is_account(self):
        for partner in self:
            partner.crm_is_account = partner.is_company or partner.type == "department"

    @api.depends("crm_is_account", "parent_id.crm_account_id")
    def _compute_crm_account_id(self):
        for partner in self:
            partner.crm_account_id = (
                partner if partner.crm_is_account else partner.parent_id.crm_account_id
            )

    @api.depends("crm_birthdate")
    def _compute_crm_birthday(self):
        for partner in self:
            born = partner.crm_birthdate
            partner.crm_birthday = born and _month_and_day(born)

    @api.depends("crm_birthdate")
    def _compute_crm_next_birthday(self):
        today = fields.Date.context_today(self)
        for partner in self:
            born = partner.crm_birthdate
            # Who is born on 29 February celebrates on the 28th in the other years.
            birthday = born and born + relativedelta(year=today.year)
            if birthday and birthday < today:
                birthday = born + relativedelta(year=today.year + 1)
            partner.crm_next_birthday = birthday

    @api.model
    def _search_crm_next_birthday(self, operator, value):
        """Find by the next birthday up to a day (``<=``, ``<``) within a year from today."""
        if operator not in ("<=", "<") or not value:
            return NotImplemented
        today = fields.Date.context_today(self)
        last = fields.Date.to_date(value) - relativedelta(days=operator == "<")
        if last < today:
            return Domain.FALSE
        if last >= today + relativedelta(years=1, days=-1):
            return Domain("crm_birthday", ">", 0)
        first_number, last_number = _month_and_day(today), _month_and_day(last)
        if last_number == 228 and not isleap(last.year):
            last_number = 229
        since, until = (
            Domain("crm_birthday", ">=", first_number),
            Domain("crm_birthday", "<=", last_number),
        )
        if last.year > today.year:
            return (since | until) & Domain("crm_birthday", ">", 0)
        return since & until

    @api.depends("user_id")
    def _compute_crm_team_id(self):
        for partner in self:
            partner.crm_team_id = partner.crm_team_id or partner.user_id.sale_team_id

    @api.depends_context("company")
    def _compute_crm_currency_id(self):
        self.crm_currency_id = self.env.company.currency_id

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_last_contact_date(self):
        events = self.env["crm.account.event"]
        found = self._crm_nearest_events(events._crm_contact_domains())
        now = fields.Datetime.now()
        for partner in self:
            date = found.get(partner._origin.id, {}).get("date")
            partner.crm_last_contact_date = date
            partner.crm_days_silent = (now - date).days if date else 0

    @api.model
    def _search_crm_days_silent(self, operator, value):
        """Find those with whom nobody was in touch for so many days, as far as the user may see;
        those who never were are among them.
        """
        if operator not in (">=", ">"):
            return NotImplemented
        days = int(value) + (operator == ">")
        since = fields.Datetime.now() - relativedelta(days=days)
        events = self.env["crm.account.event"]
        recent = Domain.OR(events._crm_contact_domains()) & Domain("date", ">", since)

        def to_sql(model, alias, query):
            # A look into the index of each, as a scalar: a search for all who were in touch would
            # read all events of the period, whoever they are of.
            touched = []
            for column, ranks in _SCOPES:
                found = events._search(recent & Domain("rank", "in", ranks), limit=1)
                found.add_where(
                    SQL(
                        "%s = %s",
                        SQL.identifier(found.table, column),
                        SQL.identifier(alias, "id"),
                    )
                )
                touched.append(found.select(SQL("1")))
            return SQL(
                "CASE WHEN %s THEN (%s) WHEN %s = 'department' THEN (%s) ELSE (%s) END IS NULL",
                SQL.identifier(alias, "is_company"),
                touched[0],
                SQL.identifier(alias, "type"),
                touched[1],
                touched[2],
            )

        return Domain.custom(to_sql=to_sql)

    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_crm_next_step(self):
        now = fields.Datetime.now()
        events = self.env["crm.account.event"]
        planned = Domain("planned", "=", True)
        found = self._crm_nearest_events(
            [planned, ~planned & Domain("date", ">", now)], ascending=True
        )
        shown = {row["id"]: row for row in events._crm_describe(list(found.values()))}
        kinds = dict(events._fields["kind"]._description_selection(self.env))
        for partner in self:
            row = found.get(partner._origin.id)
            title = row and shown[row["id"]]["title"]
            partner.crm_next_step = row and (title or kinds[row["kind"]])
            partner.crm_next_step_date = row and row["date"]
            partner.crm_next_step_late = bool(row) and events._crm_is_late(
                row["res_model"], row["date"]
            )

    @api.model
    def _search_crm_search(self, operator, value):
        """Find by words of name, e-mail and reference in any order and without accents, by tax id
        or registry number with or without punctuation and country, by phone however typed.
        """
        if operator == "in":
            return Domain.OR(self._search_crm_search("ilike", item) for item in value)
        if operator != "ilike" or not isinstance(value, str):
            return NotImplemented
        searches = [value.split()] + [[key] for key in sorted(self._crm_search_keys(value))]
        if not searches[0]:
            return Domain.TRUE

        def to_sql(model, alias, query):
            text = _search_text(model.pool, lambda name: model._field_to_sql(alias, name, query))
            return SQL(
                "(%s)",
                SQL(" OR ").join(
                    SQL(
                        "(%s)",
                        SQL(" AND ").join(
                            SQL(
                                "%s LIKE %s",
                                text,
                                _as_words(model.pool, SQL("%s", f"%{escape_psql(word)}%")),
                            )
                            for word in words
                        ),
                    )
                    for words in searches
                ),
            )

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _crm_search_keys(self, value):
        """Return the ways in which ``value``, as somebody typed it, may stand in the digits of a
        phone number or in the letters and digits of a tax id; empty for a plain name.
        """
        keys = set()
        code = re.sub(r"[^a-z0-9]", "", value.lower())
        if re.search(r"[0-9]", code):
            keys |= {code, code[2:] if code[:2].isalpha() else code}
        if not NOT_IN_PHONE_NUMBERS.search(value):
            digits = re.sub(r"[^0-9]", "", value.replace("(0)", "")).lstrip("0")
            keys.add(digits)
            # Whoever writes the country may look for a number that is kept without it.
            try:
                number = phonenumbers.parse(f"+{digits}")
            except phonenumbers.NumberParseException:
                number = None
            if number and phonenumbers.is_valid_number(number):
                keys.add(str(number.national_number))
        return {key for key in keys if len(key) >= MIN_KEY_LENGTH}

    def _compute_crm_call_count(self):
        counts = self._crm_count_by_account("crm.call", "crm_account_id", "partner_id")
        for partner in self:
            partner.crm_call_count = counts.get(partner.id, 0)

    def _compute_crm_visit_count(self):
        counts = self._crm_count_by_account(
            "calendar.event",
            "crm_visit_account_id",
            "crm_visit_partner_id",
            [("crm_visit", "=", True)],
        )
        for partner in self:
            partner.crm_visit_count = counts.get(partner.id, 0)

    def _compute_crm_people_count(self):
        # Apart from the other totals: every form shows it, and those cost more.
        counts = self._crm_count_by_account(
            "res.partner", "crm_account_id", "crm_account_id", self._crm_people_domain()
        )
        for partner in self:
            partner.crm_people_count = counts.get(partner.id, 0)

    def _compute_crm_branch_totals(self):
        totals = self._crm_branch_totals()
        columns = self._crm_branch_columns()
        currency = self.env.company.currency_id
        for partner in self:
            values = totals.get(partner.id, {})
            partner.crm_department_count = values.get("departments", 0)
            partner.crm_subsidiary_count = values.get("subsidiaries", 0)
            partner.crm_interaction_count = values.get("interactions", 0)
            partner.crm_branch_totals = [
                {
                    "key": key,
                    "label": label,
                    "value": formatLang(self.env, values[key], digits=0)
                    if kind == "integer"
                    else formatLang(
                        self.env, values[key], currency_obj=currency, rounding_unit="units"
                    ),
                }
                for key, label, kind in columns
                if values.get(key)
            ]

    @api.constrains("type", "parent_id", "is_company")
    def _check_crm_hierarchy(self):
        # One question for all, because hardly anything ever loops.
        looping = self.filtered("parent_id")
        looping = looping._has_cycle() and looping.filtered(lambda one: one._has_cycle())
        below = self.with_context(active_test=False).search(
            [("parent_id", "in", self.ids), ("type", "=", "department")]
        )
        problems = [
            self.env._(
                "%(name)s cannot belong to itself or to something below it.", name=partner.name
            )
            for partner in looping or ()
        ]
        departments = (self | below) - (looping or self.browse())
        for department in departments.filtered(lambda partner: partner.type == "department"):
            parent = department.parent_id
            if department.is_company:
                problem = self.env._(
                    "%(name)s cannot be a company and a department at once.",
                    name=department.name,
                )
            elif not (parent.is_company or parent.type == "department"):
                problem = self.env._(
                    "The department %(name)s must belong to a company or to another department.",
                    name=department.name,
                )
            else:
                continue
            problems.append(problem)
        if problems:
            raise ValidationError("\n".join(problems))

    @api.onchange("parent_id", "type")
    def _onchange_crm_department(self):
        if self.type == "department" and self.parent_id and not self.crm_account_kind_ids:
            self.crm_account_kind_ids = self.parent_id.crm_account_kind_ids

    @api.onchange("crm_mobile", "country_id", "company_id")
    def _onchange_crm_mobile(self):
        if self.crm_mobile:
            self.crm_mobile = (
                self._phone_format(fname="crm_mobile", force_format="INTERNATIONAL")
                or self.crm_mobile
            )

    def action_crm_merge(self):
        """Return the dialog that merges these records."""
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_partner_merge")
        action["context"] = {"active_model": "res.partner", "active_ids": self.ids}
        return action

    def action_crm_log_call(self):
        """Return the dialog that logs a call with this record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log Call"),
            "res_model": "crm.call",
            "view_mode": "form",
            "views": [(self.env.ref("crm_accounts.crm_call_view_form_log").id, "form")],
            "target": "new",
            "context": {"default_partner_id": self.id},
        }

    def action_crm_log_visit(self):
        """Return the dialog that logs a visit to this record, made or planned."""
        self.ensure_one()
        view = self.env.ref("crm_accounts.calendar_event_view_form_crm_visit_log")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log Visit"),
            "res_model": "calendar.event",
            "view_mode": "form",
            "views": [(view.id, "form")],
            "target": "new",
            "context": self._crm_visit_context(),
        }

    def action_crm_view_calls(self):
        """Return the calls with this account and everything below it, or with this person."""
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_accounts.crm_call_action")
        action["domain"] = self._crm_account_domain("crm_account_id", "partner_id")
        action["context"] = {"default_partner_id": self.id}
        return action

    def action_crm_view_visits(self):
        """Return the visits to this account and everything below it, or to this person."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_accounts.calendar_event_action_crm_visit"
        )
        action["domain"] = [
            ("crm_visit", "=", True),
            *self._crm_account_domain("crm_visit_account_id", "crm_visit_partner_id"),
        ]
        action["context"] = self._crm_visit_context()
        return action

    def action_crm_view_people(self):
        """Return the persons who belong to this account or to anything below it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_accounts.res_partner_action_contacts"
        )
        action["domain"] = [("id", "child_of", self.id), *self._crm_people_domain()]
        action["context"] = {"default_parent_id": self.id, "default_is_company": False}
        return action

    def _crm_schedule_next_step(self, summary, date, user):
        """Return a new activity on this record for ``user``, due on ``date`` or else tomorrow."""
        if not summary:
            raise UserError(self.env._("Write the next step first, then schedule it."))
        return self.activity_schedule(
            "mail.mail_activity_data_todo",
            date or fields.Date.context_today(self) + relativedelta(days=1),
            summary=summary,
            user_id=(user or self.env.user).id,
        )

    def _crm_scheduled_notification(self, activity):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "“%(step)s” is scheduled for %(date)s on %(name)s.",
                    step=activity.summary,
                    date=format_date(self.env, activity.date_deadline),
                    name=self.display_name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_crm_view_history(self, whole_group=False):
        """Return the history of this account or contact as list, calendar, pivot and graph.

        :param whole_group: with everything below: subsidiaries, departments.
        """
        column, ids, ranks = self._crm_history_scope(whole_group)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_accounts.crm_account_event_action"
        )
        action["name"] = self.env._("History of %(name)s", name=self.display_name)
        action["display_name"] = action["name"]
        action["domain"] = [(column, "in", ids), ("rank", "in", ranks)]
        action["context"] = {}
        return action

    def crm_log_note(self, text):
        """Post an internal note on this account or contact. The text is text, never HTML.

        :raise AccessError: when the user may not write to the record.
        """
        self.ensure_one()
        if not text.strip():
            raise UserError(self.env._("Write the note first."))
        self.message_post(
            body=plaintext2html(text.strip()),
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )

    @api.model
    def _crm_people_domain(self):
        return [("crm_is_account", "=", False), ("type", "=", "contact")]

    def _crm_outside(self):
        """Return those who are no users of ours and never were: who left the company was not its
        customer.
        """
        outside = self.filtered("partner_share")
        if not outside:
            return outside
        users = self.env["res.users"].sudo().with_context(active_test=False)
        left = users.search_fetch(
            [("partner_id", "in", outside.ids), ("share", "=", False)], ["partner_id"]
        )
        return outside - self.browse(left.partner_id.ids)

    def _crm_visit_title(self):
        return self.env._("Visit to %(name)s", name=self.name or "")

    def _crm_visit_context(self):
        self.ensure_one()
        return {
            # Core would invite the customer by mail and link the meeting to the record it is
            # opened from: neither is meant by logging a visit.
            "default_partner_ids": self.env.user.partner_id.ids,
            "default_res_model_id": False,
            "default_res_id": False,
            "default_crm_visit": True,
            "default_crm_visit_partner_id": self.id,
            "default_name": self._crm_visit_title(),
            "default_location": ", ".join(filter(None, (self.street, self.city))),
        }

    def _crm_account_domain(self, account_field, partner_field):
        """Return the domain, as a list, of the records of an account and everything below it, or
        of a person. The account is the one at the time, so it survives a change of job.
        """
        self.ensure_one()
        if self.crm_is_account:
            return [(account_field, "child_of", self.id)]
        return [(partner_field, "=", self.id)]

    def _crm_ids_above(self):
        """Return the ids of everything that this record belongs to, the nearest first."""
        self.ensure_one()
        ids, above = [], self.parent_id
        while above and above.id not in ids:
            ids.append(above.id)
            above = above.parent_id
        return ids

    def _crm_history_scope(self, whole_group=False):
        """Return where the history of this record is: the column of ``crm.account.event``, the
        ids to look for in it, and the ranks of the rows that count each document once.
        """
        self.ensure_one()
        company, department, person = _SCOPES
        if not self.crm_is_account:
            column, ranks = person
            return column, self.ids, ranks
        (column, ranks), kind = department, Domain("type", "=", "department")
        if self.is_company:
            (column, ranks), kind = company, Domain("is_company", "=", True)
        if not whole_group:
            return column, self.ids, ranks
        below = self.with_context(active_test=False).search(
            Domain("id", "child_of", self.id) & kind
        )
        return column, below.ids, ranks

    @api.model
    def _crm_branch_columns(self):
        """Return ``(key, label, "integer" or "monetary")`` of each figure of ``_crm_branch_totals``
        in the order in which people read them. Amounts are in the currency of the company.
        """
        return [
            ("subsidiaries", self.env._("Subsidiaries"), "integer"),
            ("departments", self.env._("Departments"), "integer"),
            ("people", self.env._("People"), "integer"),
            ("interactions", self.env._("Calls and visits"), "integer"),
        ]

    def _crm_branch_totals(self):
        """Return ``{account id: {key: number}}`` with the figures of ``_crm_branch_figures`` summed
        over each account and every account below it, in as many queries for one as for many.
        """
        accounts = self._crm_branch_accounts()
        return accounts._crm_sum_branches(accounts._crm_branch_figures())

    def _crm_branch_figures(self):
        """Return ``{account id: {key: number}}`` with what each account has of its own: people,
        departments and subsidiaries right below, calls and visits of the last twelve months.
        """
        figures = defaultdict(lambda: defaultdict(int))
        for account in self.filtered(lambda account: account.active and account.parent_id):
            key = "departments" if account.type == "department" else "subsidiaries"
            figures[account.parent_id.id][key] += 1
        since = fields.Datetime.now() - relativedelta(years=1)
        for key, model_name, field_name, domain in (
            ("people", "res.partner", "crm_account_id", self._crm_people_domain()),
            (
                "interactions",
                "crm.call",
                "crm_account_id",
                [("state", "=", "done"), ("date", ">=", since)],
            ),
            (
                "interactions",
                "calendar.event",
                "crm_visit_account_id",
                [("crm_visit_outcome", "=", "done"), ("start", ">=", since)],
            ),
        ):
            for account, count in self.env[model_name]._read_group(
                [(field_name, "in", self.ids), *domain], [field_name], ["__count"]
            ):
                figures[account.id][key] += count
        documents = self._crm_account_figures()
        for account in self:
            for key, number in documents[account.id].items():
                figures[account.id][key] += number
                # The company counts its departments already.
                if account.type == "department":
                    figures[account.commercial_partner_id.id][key] -= number
        return figures

    def _crm_branch_accounts(self):
        """Return the accounts among ``self`` and all accounts below them, archived ones too."""
        return (
            self.with_context(active_test=False)
            .search_fetch(
                [
                    ("id", "child_of", self.filtered("crm_is_account").ids),
                    ("crm_is_account", "=", True),
                ],
                ["parent_id", "type", "active"],
            )
            .with_env(self.env)
        )

    def _crm_sum_branches(self, figures):
        """Return ``{account id: {key: number}}`` where each account has the sum of ``figures``,
        which look the same, over itself and all accounts below it.

        ``self`` holds all accounts of the branches, as ``_crm_branch_accounts`` returns them.
        """
        above = {account.id: account.parent_id.id for account in self}
        totals = defaultdict(lambda: defaultdict(int))
        for account_id in above:
            for key, number in figures.get(account_id, {}).items():
                branch, done = account_id, set()
                while branch in above and branch not in done:
                    totals[branch][key] += number
                    done.add(branch)
                    branch = above[branch]
        return totals

    def _crm_by_scope(self):
        """Return the companies, the departments and the persons among these records."""
        companies = self.filtered("is_company")
        departments = self.filtered(lambda partner: partner.type == "department") - companies
        return companies, departments, self - companies - departments

    def _crm_nearest_events(self, domains, ascending=False):
        """Return ``{id: row}``: see ``_crm_nearest`` of the events; in at most six queries."""
        events = self.env["crm.account.event"]
        events._crm_process_queue()
        found = {}
        for partners in self._crm_by_scope():
            if partners.ids:
                column, _ids, ranks = partners[0]._crm_history_scope()
                scope = (column, partners.ids, ranks, False)
                found |= events._crm_nearest(scope, domains, ascending)
        return found

    def action_crm_view_last_contact(self):
        """Return the document of the last contact."""
        return self._crm_open_nearest(self.env["crm.account.event"]._crm_contact_domains())

    def action_crm_view_next_step(self):
        """Return the document of the next step."""
        planned = Domain("planned", "=", True)
        coming = ~planned & Domain("date", ">", fields.Datetime.now())
        return self._crm_open_nearest([planned, coming], ascending=True)

    def _crm_open_nearest(self, domains, ascending=False):
        self.ensure_one()
        self.check_access("read")
        row = self._crm_nearest_events(domains, ascending).get(self.id)
        return row and self.env["crm.account.event"].browse(row["id"]).action_open_document()

    def _crm_documents_action(
        self,
        name,
        model_name,
        domain,
        company_path="partner_id.commercial_partner_id",
        account_path="partner_id.crm_account_id",
    ):
        """Return the list of the documents that ``_crm_figures_by_account`` counts."""
        self.ensure_one()
        self.env[model_name].check_access("read")
        companies, departments, _persons = self._crm_by_scope()
        path = (companies and company_path) or (departments and account_path) or "partner_id"
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model_name,
            "view_mode": "list,form",
            "domain": [(path, "=", self.id), *domain],
        }

    def _crm_account_figures(self):
        """Return ``{id: {key: number}}``: what the documents of each account or contact add up to,
        as far as the user may read them; nothing that is zero has to be there. A company counts
        itself with its departments and people, a department itself with its people, a person their
        own. Amounts are in the currency of the current company.

        Every addon adds its keys here, and those that people want to see summed over a branch
        also to ``_crm_branch_columns``.
        """
        return {partner.id: {} for partner in self}

    def _crm_figures_by_account(
        self,
        model_name,
        domain,
        aggregates,
        company_path="partner_id.commercial_partner_id",
        account_path="partner_id.crm_account_id",
    ):
        """Return ``{id: [(company, *aggregates)]}`` of the documents of each account or contact
        by our company, in at most three queries; nothing where the user may read no documents.

        :param company_path: from a document to the company that it is for
        :param account_path: from a document to the company or department that it is for
        """
        found = defaultdict(list)
        if not self.env[model_name].has_access("read"):
            return found
        paths = (company_path, account_path, "partner_id")
        for path, partners in zip(paths, self._crm_by_scope(), strict=True):
            if partners.ids:
                for partner, *values in self.env[model_name]._read_group(
                    Domain(domain) & Domain(path, "in", partners.ids),
                    [path, "company_id"],
                    aggregates,
                ):
                    found[partner.id].append(values)
        return found

    @api.model
    def _crm_in_company_currency(self, amount, company):
        """Return ``amount``, in the currency of ``company``, in that of the current company."""
        own = self.env.company
        source = company.currency_id or own.currency_id
        return source._convert(amount, own.currency_id, own, fields.Date.context_today(self))

    def _crm_count_by_account(self, model_name, account_field, partner_field, domain=()):
        """Return ``{partner id: number}`` for the domains of ``_crm_account_domain``, in three
        queries for any number of records.
        """
        accounts = self._crm_branch_accounts()
        counts = {}
        for field_name, partners in ((account_field, accounts), (partner_field, self - accounts)):
            for partner, count in self.env[model_name]._read_group(
                Domain(domain) & Domain(field_name, "in", partners.ids), [field_name], ["__count"]
            ):
                counts[partner.id] = {"count": count}
        counts |= accounts._crm_sum_branches(counts)
        return {partner_id: count["count"] for partner_id, count in counts.items()}

    @api.model
    def _crm_birthday_days(self):
        """Return how many days before a birthday its reminder is made; None for no reminders."""
        days = self.env["ir.config_parameter"].sudo().get_param("crm_accounts.birthday_days", "7")
        return int(days) if days.isdecimal() else None

    @api.model
    def _crm_birthday_domain(self, days):
        """Return the domain of the people whose birthday comes within ``days`` and has no reminder
        yet, and for whom somebody is responsible.
        """
        today = fields.Date.context_today(self)
        return (
            Domain(self._crm_people_domain())
            & Domain("crm_next_birthday", "<=", today + relativedelta(days=days))
            & (
                Domain("crm_birthday_reminded", "=", False)
                | Domain("crm_birthday_reminded", "<", today)
            )
            & Domain.OR(
                Domain(f"{path}.active", "=", True)
                for path in ("user_id", "crm_account_id.user_id", "commercial_partner_id.user_id")
            )
        )

    @api.model
    def _cron_remind_of_birthdays(self, batch_size=200):
        """Make an activity for the responsible of everybody whose birthday comes, once for each
        birthday. What a run does not reach, the next one does.
        """
        days = self._crm_birthday_days()
        if days is None:
            return
        domain = self._crm_birthday_domain(days)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        while people := self.search(domain, order="id", limit=batch_size):
            people._crm_remind_of_birthday()
            if not cron._commit_progress(len(people)):
                break

    def _crm_remind_of_birthday(self):
        """Make the activity of the next birthday of each, for the owner of the person, else of the
        account, else of the company.
        """
        activity_type = self.env.ref("crm_accounts.mail_activity_type_birthday")
        values = []
        for person in self:
            owners = (
                person.user_id,
                person.crm_account_id.user_id,
                person.commercial_partner_id.user_id,
            )
            user = next(owner for owner in owners if owner.active)
            # The reminder is read by its user, not by the cron.
            env = self.with_context(lang=user.lang).env
            values.append(
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": person.id,
                    "activity_type_id": activity_type.id,
                    "summary": env._("Birthday of %(name)s", name=person.name),
                    "date_deadline": person.crm_next_birthday,
                    "user_id": user.id,
                    "automated": True,
                }
            )
            person.crm_birthday_reminded = person.crm_next_birthday
        # Nobody needs a mail of each.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(values)

    def _fields_sync(self, values):
        if self.is_company and self.parent_id:
            # A subsidiary is somewhere else than its holding. Core would give both one address,
            # whichever of them is edited.
            address = self._get_address_values()
            own = {"type", "parent_id", *self._address_fields()}
            super()._fields_sync({name: values[name] for name in values if name not in own})
            if not address and values.get("parent_id"):
                self._update_address(self.parent_id._get_address_values())
            return self._children_sync(values)
        result = super()._fields_sync(values)
        # An address of its own, but never an empty one on a document: start at the parent's.
        if self.type == "department" and values.get("parent_id") and not self._get_address_values():
            self._update_address(self.parent_id._get_address_values())
        return result

    def _children_sync(self, values):
        downstream = self.with_context(crm_downstream=True)
        return super(ResPartner, downstream)._children_sync(values)

    def _update_address(self, vals):
        partners = self
        if self.env.context.get("crm_downstream"):
            partners = self.filtered(
                lambda partner: not (partner.is_company and partner._get_address_values())
            )
        return super(ResPartner, partners)._update_address(vals)

    def _handle_first_contact_creation(self):
        # The address of a department isn't the address of its company.
        if self.type == "department":
            return
        super()._handle_first_contact_creation()

    def address_get(self, adr_pref=None):
        """A department without an invoice address is invoiced through its company; for the rest
        it stands for itself. Core would answer with the first person of the department.
        """
        result = super().address_get(adr_pref)
        if len(self) == 1 and self.type == "department":
            for address_type, partner_id in result.items():
                found = self.browse(partner_id)
                if address_type == "contact" or found.type != address_type:
                    result[address_type] = (
                        self.commercial_partner_id if address_type == "invoice" else self
                    ).id
        return result

    def _avatar_get_placeholder_path(self):
        if self.type == "department":
            return "base/static/img/company_image.png"
        return super()._avatar_get_placeholder_path()

    def _phone_get_number_fields(self):
        return super()._phone_get_number_fields() + ["crm_mobile"]

    # --- Duplicates ---------------------------------------------------------------------------

    def _crm_match_fields(self):
        return super()._crm_match_fields() | {
            "name",
            "type",
            "crm_is_account",
            "commercial_partner_id",
            "email",
            "phone",
            "crm_mobile",
            "phone_sanitized",
            "vat",
            "website",
            "country_id",
        }

    @api.model
    def _crm_match_rows(self, ids):
        self.env.cr.execute(
            SQL(
                """
                SELECT partner.id, partner.name, partner.email_normalized, partner.phone,
                       partner.crm_mobile, partner.phone_sanitized, partner.website,
                       partner.crm_is_account, partner.type, country.code, country.phone_code,
                       CASE WHEN partner.commercial_partner_id = partner.id THEN partner.vat END
                       AS vat
                  FROM res_partner partner
             LEFT JOIN res_country country ON country.id = partner.country_id
                 WHERE partner.id = ANY(%s) AND partner.type IN ('contact', 'department')
                   AND NOT EXISTS (SELECT FROM res_company WHERE partner_id = partner.id)
                """,
                list(ids),
            )
        )
        return [
            (values["id"], "account" if values["crm_is_account"] else "person", *key)
            for values in self.env.cr.dictfetchall()
            for key in self._crm_match_keys(values)
        ]

    @api.model
    def _crm_match_keys(self, values):
        """Return the match keys of one record, as pairs of type and key."""
        is_account = values.get("crm_is_account")
        country = self.env.company.country_id
        code = values.get("code") or country.code
        phone_code = values.get("phone_code") or country.phone_code
        # No address is longer, and an index takes no longer one.
        keys = {("email", (values.get("email_normalized") or "")[:254])}
        keys |= {("vat", key) for key in vat_keys(values.get("vat"), values.get("code"))}
        # Departments of different companies bear the same names.
        if values.get("type") != "department":
            keys.add(("name", name_key(values.get("name"), is_account)))
        if is_account:
            keys.add(("domain", mail_domain_key(values.get("email_normalized"))))
            keys.add(("domain", web_domain_key(values.get("website"))))
        for number in filter(None, (values.get("phone"), values.get("crm_mobile"))):
            number = re.sub(r"^\s*00", "+", number)
            sanitized = values.get("phone_sanitized") if not values.get("crm_mobile") else None
            sanitized = sanitized or phone_format(
                number, code, phone_code, force_format="E164", raise_exception=False
            )
            # What cannot be read as a number comes back as it was.
            keys.add(("phone", sanitized if sanitized[0] == "+" else digits_key(number)))
        return {(key_type, key) for key_type, key in keys if key}

    @api.model
    def _crm_typed_values(self, values):
        """Return the values of a form as far as they are of the type that their field has."""
        values = values if isinstance(values, dict) else {}
        texts = {
            # Neither is ever stored, and the database refuses to look for it.
            name: value[:500].replace("\0", "").encode(errors="ignore").decode()
            for name in ("type", "name", "email", "phone", "crm_mobile", "vat", "website")
            if isinstance(value := values.get(name), str)
        }
        return texts | {
            "is_company": bool(values.get("is_company")),
            "parent_id": _as_id(values.get("parent_id")),
            "country_id": _as_id(values.get("country_id")),
        }

    @api.model
    @api.readonly
    def crm_find_duplicates(self, values, partner_id=False):
        """Return what may be the same record as one that is being typed, of those that the user
        may read, the most alike first.

        :param values: the fields of the form, saved or not
        :param partner_id: the record, if it is saved
        :return: at most five ``{"id", "name", "city", "archived", "reasons", "can_merge"}``
        """
        if not self.env.user._is_internal():
            # Among the keys are numbers that others may not read.
            raise AccessError(self.env._("Only internal users may look for duplicates."))
        self.check_access("read")
        values, partner_id = self._crm_typed_values(values), _as_id(partner_id)
        if values.get("type") not in ("contact", "department"):
            return []
        is_account = values["is_company"] or values["type"] == "department"
        country = self.env["res.country"].browse(values["country_id"]).exists()
        keys = self._crm_match_keys(
            values
            | {
                "crm_is_account": is_account,
                "email_normalized": email_normalize(values.get("email")),
                # A department, or a person of a company, bears the tax id of the company.
                "vat": not values["parent_id"] and values.get("vat"),
                "code": country.code,
                "phone_code": country.phone_code,
            }
        )
        telling = {key for key in keys if is_account or key[0] not in ("name", "domain")}
        found = self.env["crm.match.key"]._crm_find(
            self._name, "account" if is_account else "person", telling
        )
        known = self.browse(partner_id).exists()
        apart = self.env["crm.duplicate.candidate"]._crm_not_duplicates(partner_id)
        for other_id in (partner_id, *apart):
            found.pop(other_id, None)
        others = self.with_context(active_test=False).search_fetch(
            [("id", "in", list(found))],
            ["complete_name", "city", "active", "crm_account_id", "parent_id"],
        )
        parent = self.browse(values["parent_id"])
        above = {*parent.ids, *(parent._crm_ids_above() if parent else ())}
        result = []
        for other in others:
            reasons = found[other.id]
            above_other = set(other._crm_ids_above())
            if above & {other.id, *above_other}:
                # Colleagues share a switchboard, subsidiaries a domain.
                reasons = reasons - {"phone", "domain"}
            if other.id in above or partner_id in above_other:
                reasons = set()
            points = score(is_account, [("name", 1.0) if r == "name" else r for r in reasons])
            if points >= WARNING_SCORE:
                result.append((points, other, reasons))
        result.sort(key=lambda found: found[0], reverse=True)
        labels = self.env["crm.duplicate.candidate"]._crm_reason_labels()
        may_merge = partner_id and self.env.user.has_group("base.group_partner_manager")
        writable = (others | known)._filtered_access("write") if may_merge else self.browse()
        return [
            {
                "id": other.id,
                "name": other.complete_name or other.display_name,
                "city": other.city or "",
                "archived": not other.active,
                "reasons": [label for reason, label in labels.items() if reason in reasons],
                "can_merge": other in writable and known in writable,
            }
            for _points, other, reasons in result[:5]
        ]
