# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import escape_psql
from odoo.tools.mail import parse_contact_from_email

# The best matches are few; more would only say that the mail or the number is everybody's.
MATCH_LIMIT = 5


class CrmLead(models.Model):
    _inherit = "crm.lead"

    # Follows partner_id only: an opportunity stays with the account when the person changes job.
    crm_account_id = fields.Many2one(
        "res.partner",
        "Account",
        compute="_compute_crm_account_id",
        store=True,
        precompute=True,
        help="The company or department that the customer belonged to when it was chosen.",
    )

    _crm_account_idx = models.Index("(crm_account_id, id DESC) WHERE crm_account_id IS NOT NULL")

    @api.depends("partner_id")
    def _compute_crm_account_id(self):
        for lead in self:
            lead.crm_account_id = lead.partner_id.crm_account_id

    def _crm_person_name(self):
        """Return the name of the person who asked, or an empty string."""
        self.ensure_one()
        return self.contact_name or parse_contact_from_email(self.email_from)[0]

    def _crm_find_companies(self, name):
        """Return the companies called ``name``, whatever its case, accents and spaces."""
        name = " ".join((name or "").split())
        if not name:
            return self.env["res.partner"]
        return self.env["res.partner"].search(
            self._crm_match_domain()
            & Domain("is_company", "=", True)
            & Domain("name", "=ilike", escape_psql(name)),
            order="id",
            limit=MATCH_LIMIT,
        )

    def _crm_find_matches(self):
        """Return what looks like this lead's company or person, the surest first, as
        ``{"linked" | "email" | "name" | "phone": partners}``.
        """
        self.ensure_one()
        Partner = self.env["res.partner"]

        def find(field, value):
            if not value:
                return Partner
            return Partner.search(
                self._crm_match_domain() & Domain(field, "=", value), order="id", limit=MATCH_LIMIT
            )

        return {
            "linked": self.partner_id,
            "email": find("email_normalized", self.email_normalized),
            "name": self._crm_find_companies(self.partner_name),
            "phone": find("phone_sanitized", self.phone_sanitized),
        }

    def _crm_match_domain(self):
        """Return the domain of the accounts and contacts that this lead may be linked to."""
        return Domain(
            self.env["res.partner"]._check_company_domain(self.company_id or self.env.company)
        ) & Domain("type", "in", ("contact", "department"))

    def _crm_prepare_account_values(self, name, with_person=True):
        """Return the values of a new customer account called ``name``.

        :param with_person: the lead's mail, phone and notes are those of a person, who becomes a
            contact, and not those of the account
        """
        values = self._prepare_customer_values(name, is_company=True)
        values["function"] = False
        if with_person:
            values.update(email=False, phone=False, comment=False)
        customer = self.env.ref("crm_accounts.crm_account_kind_customer", False)
        if customer:
            values["crm_account_kind_ids"] = [Command.link(customer.id)]
        return values

    def _create_customer(self, with_parent=None):
        if not with_parent and self.partner_name:
            with_parent = self._crm_find_companies(self.partner_name)[:1] or self.env[
                "res.partner"
            ].create(
                self._crm_prepare_account_values(
                    self.partner_name, with_person=bool(self._crm_person_name())
                )
            )
        return super()._create_customer(with_parent=with_parent)
