# SPDX-License-Identifier: LGPL-3.0-or-later
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tools import format_date


class CrmChangeJob(models.TransientModel):
    """A person leaves an account, for another one or for none. What was done with the person stays
    in the history of the account that is left, because calls, visits and events keep the account
    of their time; only the person moves.
    """

    _name = "crm.change.job"
    _description = "Change of Job"

    contact_id = fields.Many2one("res.partner", required=True, readonly=True)
    old_account_id = fields.Many2one("res.partner", "Leaves", compute="_compute_old_values")
    new_account_id = fields.Many2one(
        "res.partner",
        "Goes To",
        domain="[('crm_is_account', '=', True), ('id', '!=', old_account_id)]",
        help="Leave it empty when nobody knows, or when the person stops working.",
    )
    function = fields.Char("New Job Position")
    role_id = fields.Many2one("crm.account.role", "Role There")
    date = fields.Date(
        "Last Day", required=True, default=fields.Date.context_today, help="In the account left."
    )
    ended_role_ids = fields.Many2many(
        "crm.account.contact",
        string="Roles That End",
        compute="_compute_ended_role_ids",
        compute_sudo=False,
        precompute=True,
        store=True,
        readonly=False,
    )
    old_email = fields.Char("Email until Now", compute="_compute_old_values")
    old_phone = fields.Char("Phone until Now", compute="_compute_old_values")
    email = fields.Char(
        "New Email", help="Empty removes the address at the old work. The note keeps it."
    )
    phone = fields.Char(
        "New Phone", help="Empty removes the number at the old work. The note keeps it."
    )

    @api.depends("contact_id.crm_account_id", "contact_id.email", "contact_id.phone")
    def _compute_old_values(self):
        # No related fields: those show what is in the cache, whoever put it there.
        self.contact_id.check_access("read")
        for wizard in self:
            wizard.old_account_id = wizard.contact_id.crm_account_id
            wizard.old_email = wizard.contact_id.email
            wizard.old_phone = wizard.contact_id.phone

    @api.depends("contact_id")
    def _compute_ended_role_ids(self):
        self.contact_id.check_access("read")
        for wizard in self:
            # The roles in the whole company that is left, but none in other companies.
            wizard.ended_role_ids = wizard.contact_id.crm_contact_account_ids.filtered(
                lambda role, wizard=wizard: (
                    role.is_current
                    and role.account_id.commercial_partner_id
                    == wizard.old_account_id.commercial_partner_id
                )
            )

    @api.constrains("contact_id", "new_account_id", "date")
    def _check_change(self):
        # Constraints run as superuser, and these messages name the records.
        (self.contact_id | self.new_account_id).sudo(False).check_access("read")
        problems = []
        for wizard in self:
            contact = wizard.contact_id
            if contact.crm_is_account:
                problems.append(
                    self.env._(
                        "%(name)s is an account: only people change jobs.", name=contact.name
                    )
                )
            elif not contact.crm_account_id and not wizard.new_account_id:
                problems.append(
                    self.env._(
                        "%(name)s works for no account: choose where the person goes to.",
                        name=contact.name,
                    )
                )
            if wizard.new_account_id and not wizard.new_account_id.crm_is_account:
                problems.append(
                    self.env._(
                        "%(name)s is a person: choose a company or a department as the account.",
                        name=wizard.new_account_id.display_name,
                    )
                )
            if wizard.new_account_id and wizard.new_account_id == contact.crm_account_id:
                problems.append(
                    self.env._(
                        "%(name)s already works for %(account)s: choose another account.",
                        name=contact.name,
                        account=wizard.new_account_id.display_name,
                    )
                )
            if wizard.date > fields.Date.context_today(wizard):
                problems.append(
                    self.env._("The last day lies ahead: change the job when it has come.")
                )
        if problems:
            raise ValidationError("\n".join(dict.fromkeys(problems)))

    def action_apply(self):
        """End the chosen roles, move the person and note it on the contact; the history of the
        account that is left stays as it is.
        """
        self.contact_id.check_access("write")
        for wizard in self:
            # First, while the roles still say where the person was.
            note = wizard._prepare_note()
            wizard._end_roles()
            wizard._move()
            if wizard.role_id and wizard.new_account_id:
                wizard._start_role()
            wizard.contact_id.message_post(body=note)
        return {"type": "ir.actions.act_window_close"}

    def _end_roles(self):
        """Close the chosen roles on the last day. Somebody without any gets one that has ended, so
        that both the contact and the account that is left show who was there, and until when.
        """
        self.ended_role_ids.date_end = self.date
        employee = self.env.ref("crm_accounts.crm_account_role_employee", raise_if_not_found=False)
        account = self.old_account_id
        known = self.contact_id.crm_contact_account_ids.account_id
        if employee and account and account not in known:
            self.env["crm.account.contact"].create(
                {
                    "contact_id": self.contact_id.id,
                    "account_id": account.id,
                    "role_id": employee.id,
                    "date_end": self.date,
                }
            )

    def _start_role(self):
        self.contact_id.crm_contact_account_ids = [
            Command.create(
                {
                    "account_id": self.new_account_id.id,
                    "role_id": self.role_id.id,
                    "date_start": self.date + timedelta(days=1),
                }
            )
        ]

    def _move(self):
        """Move the person in two steps, over nowhere. Core would give the tax id and the address
        of the account that is left to a new account that has none.
        """
        contact, account = self.contact_id, self.new_account_id
        left = {
            name: False
            for name in contact._commercial_fields()
            if contact._has_field_access(contact._fields[name], "write")
        }
        if contact.parent_id:
            left |= dict.fromkeys(contact._address_fields(), False)
        contact.write({"parent_id": False} | left)
        contact.write(
            {
                "parent_id": account.id,
                "function": self.function,
                "email": self.email,
                "phone": self.phone,
            }
        )

    def _prepare_note(self):
        contact = self.contact_id
        lines = [
            self.env._(
                "Changed job on %(date)s: from %(old)s to %(new)s.",
                date=format_date(self.env, self.date),
                old=self.old_account_id.display_name or self.env._("no account"),
                new=self.new_account_id.display_name or self.env._("no account"),
            ),
        ]
        for label, old, new in (
            (self.env._("Job position"), contact.function, self.function),
            (self.env._("Email"), contact.email, self.email),
            (self.env._("Phone"), contact.phone, self.phone),
        ):
            if old and old != new:
                lines.append(self.env._("%(label)s until then: %(value)s", label=label, value=old))
        return Markup("<br/>").join(lines)
