# SPDX-License-Identifier: LGPL-3.0-or-later
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

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
    crm_birthdate = fields.Date("Birth Date", groups="base.group_user")
    crm_mobile = fields.Char("Mobile", groups="base.group_user")
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

    _crm_department_name = models.Constraint(
        "CHECK (type != 'department' OR name IS NOT NULL)", "Departments require a name."
    )
    _crm_account_idx = models.Index("(complete_name, id DESC) WHERE crm_is_account IS TRUE")

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
        counts = self._crm_count_by_account(
            "res.partner", "crm_account_id", "crm_account_id", self._crm_people_domain()
        )
        for partner in self:
            partner.crm_people_count = counts.get(partner.id, 0)

    @api.constrains("type", "parent_id", "is_company")
    def _check_crm_department(self):
        below = self.with_context(active_test=False).search(
            [("parent_id", "in", self.ids), ("type", "=", "department")]
        )
        problems = []
        for department in (self | below).filtered(lambda partner: partner.type == "department"):
            parent = department.parent_id
            if department.is_company:
                problem = self.env._(
                    "%(name)s cannot be a company and a department at once.",
                    name=department.name,
                )
            elif department._has_cycle():
                problem = self.env._(
                    "The department %(name)s cannot belong to itself or to a department below it.",
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

    @api.model
    def _crm_people_domain(self):
        return [("crm_is_account", "=", False), ("type", "=", "contact")]

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

    def _crm_history_scope(self, whole_group=False):
        """Return where the history of this record is: the column of ``crm.account.event``, the
        ids to look for in it, and the ranks of the rows that count each document once.
        """
        self.ensure_one()
        if not self.crm_is_account:
            return "partner_id", self.ids, [0, 1, 2]
        column, kind, ranks = "crm_account_id", Domain("type", "=", "department"), [0, 1]
        if self.is_company:
            column, kind, ranks = "root_partner_id", Domain("is_company", "=", True), [0]
        if not whole_group:
            return column, self.ids, ranks
        below = self.with_context(active_test=False).search(
            Domain("id", "child_of", self.id) & kind
        )
        return column, below.ids, ranks

    def _crm_count_by_account(self, model_name, account_field, partner_field, domain=()):
        """Return ``{partner id: number}`` for the domains of ``_crm_account_domain``, in three
        queries for any number of records.
        """
        accounts = self.filtered("crm_is_account")
        below = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", accounts.ids), ("crm_is_account", "=", True)], ["parent_id"]
        )
        counts = defaultdict(int)
        for field_name, partners in ((account_field, below), (partner_field, self - accounts)):
            for partner, count in self.env[model_name]._read_group(
                Domain(domain) & Domain(field_name, "in", partners.ids), [field_name], ["__count"]
            ):
                counts[partner.id] += count
        totals = counts.copy()
        for account in below:
            parent = account.parent_id
            while parent in below:
                totals[parent.id] += counts[account.id]
                parent = parent.parent_id
        return totals

    def _fields_sync(self, values):
        result = super()._fields_sync(values)
        # An address of its own, but never an empty one on a document: start at the parent's.
        if self.type == "department" and values.get("parent_id") and not self._get_address_values():
            self._update_address(self.parent_id._get_address_values())
        return result

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
