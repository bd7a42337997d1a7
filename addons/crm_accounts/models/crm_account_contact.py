# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class CrmAccountContact(models.Model):
    """The role of a person in an account, from a day to a day.

    A person works for one account (the record above it) and may hold roles in any number of
    others. Roles never touch addresses or invoicing.
    """

    _name = "crm.account.contact"
    _description = "Role of a Contact in an Account"
    _order = "date_end DESC, is_primary DESC, id"
    _check_company_auto = True

    account_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain=[("crm_is_account", "=", True)],
    )
    contact_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain=[("crm_is_account", "=", False), ("type", "=", "contact")],
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    role_id = fields.Many2one("crm.account.role", required=True, index=True, ondelete="restrict")
    date_start = fields.Date("From")
    date_end = fields.Date("Until")
    is_primary = fields.Boolean(
        "Main Account",
        compute="_compute_is_primary",
        store=True,
        help="The person works for this account; the others are accounts where the person has "
        "a role too.",
    )
    is_current = fields.Boolean(
        "Current", compute="_compute_is_current", search="_search_is_current"
    )
    email = fields.Char(compute="_compute_contact_details")
    phone = fields.Char(compute="_compute_contact_details")
    crm_mobile = fields.Char("Mobile", compute="_compute_contact_details")

    @api.depends("contact_id", "account_id", "role_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._(
                "%(contact)s, %(role)s",
                contact=row.contact_id.name or "",
                role=row.role_id.name or "",
            )

    @api.depends("account_id", "contact_id.crm_account_id")
    def _compute_is_primary(self):
        for row in self:
            row.is_primary = bool(row.account_id) and row.contact_id.crm_account_id == (
                row.account_id
            )

    @api.depends("date_start", "date_end")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for row in self:
            row.is_current = (not row.date_start or row.date_start <= today) and (
                not row.date_end or row.date_end >= today
            )

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("contact_id.email", "contact_id.phone", "contact_id.crm_mobile")
    def _compute_contact_details(self):
        # Neither related nor by sudo: any id may be sent as the contact of a new role.
        readable = self.contact_id._filtered_access("read")
        for row in self:
            contact = row.contact_id & readable
            row.email = contact.email
            row.phone = contact.phone
            row.crm_mobile = contact.crm_mobile

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return (Domain("date_start", "=", False) | Domain("date_start", "<=", today)) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", today)
        )

    @api.constrains("account_id", "contact_id", "role_id", "date_start", "date_end")
    def _check_account_contact(self):
        problems = []
        siblings = self.search(
            [("account_id", "in", self.account_id.ids), ("contact_id", "in", self.contact_id.ids)]
        )
        for row in self:
            if not row.account_id.crm_is_account:
                problems.append(
                    self.env._(
                        "%(name)s is a person: choose a company or a department as the account.",
                        name=row.account_id.display_name,
                    )
                )
            if row.contact_id.crm_is_account:
                problems.append(
                    self.env._(
                        "%(name)s is an account: choose a person to hold the role.",
                        name=row.contact_id.display_name,
                    )
                )
            if row.date_start and row.date_end and row.date_end < row.date_start:
                problems.append(
                    self.env._(
                        "%(contact)s cannot stop being %(role)s of %(account)s on %(end)s, before "
                        "starting on %(start)s: correct one of the dates.",
                        contact=row.contact_id.name,
                        role=row.role_id.name,
                        account=row.account_id.display_name,
                        end=format_date(self.env, row.date_end),
                        start=format_date(self.env, row.date_start),
                    )
                )
            elif any(row._is_same_role_at_same_time(sibling) for sibling in siblings - row):
                problems.append(
                    self.env._(
                        "%(contact)s already has the role %(role)s in %(account)s at that time.",
                        contact=row.contact_id.name,
                        role=row.role_id.name,
                        account=row.account_id.display_name,
                    )
                )
        if problems:
            raise ValidationError("\n".join(dict.fromkeys(problems)))

    def _is_same_role_at_same_time(self, other):
        """Return whether both rows give the same person the same role on some same day."""
        self.ensure_one()
        return (
            self.account_id == other.account_id
            and self.contact_id == other.contact_id
            and self.role_id == other.role_id
            and not (self.date_end and other.date_start and self.date_end < other.date_start)
            and not (other.date_end and self.date_start and other.date_end < self.date_start)
        )

    def _crm_join_overlapping(self):
        """Make one row of those that give the same person the same role in the same account at
        the same time, from the first day of any to the last, as a merge may leave them behind.
        """
        kept = self.browse()
        for row in self.sorted("id"):
            twin = kept.filtered(row._is_same_role_at_same_time)[:1]
            if not twin:
                kept += row
                continue
            # Empty means without a beginning or an end.
            starts = [twin.date_start, row.date_start]
            ends = [twin.date_end, row.date_end]
            row.unlink()
            twin.write(
                {
                    "date_start": all(starts) and min(starts),
                    "date_end": all(ends) and max(ends),
                }
            )
