# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_list

CORE_CHOICES = ("action", "partner_id", "commercial_partner_id")
CHOICES = (
    "crm_account_action",
    "crm_account_id",
    "crm_account_name",
    "crm_contact_action",
    "crm_contact_id",
    "crm_contact_name",
    "crm_match_info",
)


class CrmLead2opportunityPartner(models.TransientModel):
    _inherit = "crm.lead2opportunity.partner"

    # Mass conversion inherits this wizard; it has many leads and nobody to choose for each.
    _crm_one_lead = True

    crm_account_action = fields.Selection(
        [
            ("exist", "Use an existing account"),
            ("create", "Create an account"),
            ("none", "No account: a private person"),
        ],
        "Account Choice",
        compute="_compute_crm_choices",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    crm_account_id = fields.Many2one(
        "res.partner",
        "Account",
        domain=[("crm_is_account", "=", True)],
        compute="_compute_crm_choices",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    crm_account_name = fields.Char(
        "New Account",
        compute="_compute_crm_choices",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    crm_contact_action = fields.Selection(
        [
            ("exist", "Use an existing contact"),
            ("create", "Create a contact"),
            ("none", "No contact"),
        ],
        "Contact Choice",
        compute="_compute_crm_choices",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    crm_contact_id = fields.Many2one(
        "res.partner",
        "Contact",
        domain=[("crm_is_account", "=", False), ("type", "=", "contact")],
        compute="_compute_crm_choices",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    crm_contact_name = fields.Char(
        "New Contact",
        compute="_compute_crm_choices",
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    crm_match_info = fields.Text(
        "Matches", compute="_compute_crm_choices", store=True, compute_sudo=False
    )
    crm_core_choice = fields.Boolean(
        "Odoo's Own Choice",
        help="The wizard was made by a program that knows only Odoo's own choice of customer.",
    )

    @api.depends("lead_id")
    def _compute_crm_choices(self):
        for convert in self:
            convert.update(convert._crm_default_choices(convert.lead_id._origin))

    @api.depends("lead_id")
    def _compute_user_id(self):
        result = super()._compute_user_id()
        for convert in self:
            if convert._crm_one_lead and convert.lead_id and not convert.user_id:
                convert.user_id = self.env.user
        return result

    @api.onchange("crm_contact_id")
    def _onchange_crm_contact_id(self):
        if self.crm_contact_id.crm_account_id:
            self.crm_account_action = "exist"
            self.crm_account_id = self.crm_contact_id.crm_account_id

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._crm_complete_choices(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._crm_mark_core_choice(vals))

    def action_apply(self):
        """Convert the lead once and return the action that opens the opportunity.

        The account, the contact and the opportunity are made together or not at all.
        :raises UserError: with everything that is missing or contradictory
        """
        self.ensure_one()
        if not self._crm_one_lead:
            return super().action_apply()
        self._crm_lock_leads()
        lead = self.lead_id
        merging = self.name == "merge" and self.duplicated_lead_ids - lead
        if lead.type == "opportunity" and not merging:
            return lead.redirect_lead_opportunity_view()
        # Core converts what the context names: nothing, when a program did not think of it, or
        # several leads, which cannot share one choice.
        active_ids = self.env.context.get("active_ids", [])
        if lead.id not in active_ids:
            active_ids = lead.ids
        elif len(active_ids) > 1:
            self.crm_core_choice = True
        if not self.crm_core_choice:
            problems = self._crm_get_problems()
            if not lead.active and not merging:
                problems.insert(0, self.env._("The lead is lost or archived: restore it first."))
            if problems:
                raise UserError("\n".join(problems))
        return super(
            CrmLead2opportunityPartner, self.with_context(active_ids=active_ids)
        ).action_apply()

    def _convert_handle_partner(self, lead, action, partner_id):
        if self._crm_one_lead and not self.crm_core_choice:
            action, partner_id = "exist", self._crm_get_customer(lead).id
        return super()._convert_handle_partner(lead, action, partner_id)

    @api.model
    def _crm_mark_core_choice(self, vals):
        """Return ``vals`` with the mark of who chose: a program that knows only core, or not."""
        if any(name in vals for name in CHOICES):
            return vals | {"crm_core_choice": False}
        if any(name in vals for name in CORE_CHOICES):
            return vals | {"crm_core_choice": True}
        return vals

    @api.model
    def _crm_complete_choices(self, vals):
        """Return ``vals`` with the proposal for the choices that a program did not make."""
        vals = self._crm_mark_core_choice(vals)
        if vals.get("crm_core_choice", True) or not self._crm_one_lead:
            return vals
        lead = self.env["crm.lead"].browse(vals.get("lead_id") or self.env.context.get("active_id"))
        return self._crm_default_choices(lead) | vals

    def _crm_lock_leads(self):
        """Wait for whoever converts these leads; then the transaction starts again, if they
        changed, and finds what the other one made.
        """
        leads = self.lead_id
        leads.check_access("write")
        if self.name == "merge":
            leads |= self.duplicated_lead_ids
        # In the order of the ids, so that two merges never wait for each other.
        self.env.cr.execute(
            SQL(
                "SELECT id FROM crm_lead WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(leads.ids),
            ),
            log_exceptions=False,
        )
        leads.invalidate_recordset(["type", "active", "partner_id"])

    def _crm_default_choices(self, lead):
        """Return the values of the choices that fit ``lead`` best, and what they rest on."""
        if not lead or not self._crm_one_lead:
            return dict.fromkeys(CHOICES, False)
        matches = lead._crm_find_matches()
        company_name = lead.partner_name
        person_name = lead._crm_person_name()
        known = matches["linked"] | matches["email"]
        # A number is often shared: it neither names a person nor overrules a company's name.
        by_phone = matches["phone"].filtered(
            lambda partner: (
                not company_name
                if partner.crm_is_account
                else partner.name.lower() == person_name.lower()
            )
        )
        contact = (known | by_phone).filtered(lambda partner: not partner.crm_is_account)[:1]
        account = contact.crm_account_id or (known | matches["name"] | by_phone).crm_account_id[:1]
        if not (account or contact or company_name or person_name):
            person_name = lead.name
        return {
            "crm_account_action": "exist" if account else "create" if company_name else "none",
            "crm_account_id": account.id,
            "crm_account_name": company_name,
            "crm_contact_action": "exist" if contact else "create" if person_name else "none",
            "crm_contact_id": contact.id,
            "crm_contact_name": person_name,
            "crm_match_info": self._crm_format_matches(matches),
        }

    def _crm_format_matches(self, matches):
        """Return one line for each partner of ``crm.lead._crm_find_matches``, with the reasons."""
        labels = {
            "linked": self.env._("already on the lead"),
            "email": self.env._("same e-mail"),
            "name": self.env._("same company name"),
            "phone": self.env._("same phone"),
        }
        partners = self.env["res.partner"].union(*matches.values())
        return "\n".join(
            self.env._(
                "%(name)s: %(reasons)s",
                name=partner.display_name,
                reasons=format_list(
                    self.env, [label for key, label in labels.items() if partner in matches[key]]
                ),
            )
            for partner in partners
        )

    def _crm_get_problems(self):
        """Return a sentence for everything that keeps the choices from being carried out."""
        self.ensure_one()
        account_action, contact_action = self.crm_account_action, self.crm_contact_action
        problems = []
        if account_action not in ("exist", "create") and contact_action not in ("exist", "create"):
            problems.append(self.env._("Choose or create an account, a contact or both."))
        if account_action == "exist" and not self.crm_account_id:
            problems.append(self.env._("Choose the account, or create one."))
        if account_action == "create":
            if not (self.crm_account_name or "").strip():
                problems.append(self.env._("Give the new account a name."))
            namesakes = self.lead_id._crm_find_companies(self.crm_account_name)
            if namesakes:
                problems.append(
                    self.env._(
                        "The account %(name)s exists already: use it, or give the new one "
                        "another name.",
                        name=namesakes[0].display_name,
                    )
                )
        if contact_action == "exist":
            if not self.crm_contact_id:
                problems.append(self.env._("Choose the contact, or create one."))
            employer = self.crm_contact_id.crm_account_id
            wanted = self.crm_account_id if account_action == "exist" else employer.browse()
            if employer and (
                account_action == "create"
                or (wanted and wanted.commercial_partner_id != employer.commercial_partner_id)
            ):
                problems.append(
                    self.env._(
                        "%(contact)s belongs to %(account)s: use that account, or create "
                        "another contact.",
                        contact=self.crm_contact_id.name,
                        account=employer.display_name,
                    )
                )
        if contact_action == "create" and not (self.crm_contact_name or "").strip():
            problems.append(self.env._("Give the new contact a name."))
        return problems

    def _crm_get_customer(self, lead):
        """Return the contact, or else the account, that was chosen, made where it is new."""
        self.ensure_one()
        Partner = self.env["res.partner"]
        # The salesperson of the opportunity is that of the new customer too, as in core.
        source = lead.with_context(default_user_id=self.user_id.id)
        account = contact = Partner
        if self.crm_account_action == "exist":
            account = self.crm_account_id
        elif self.crm_account_action == "create":
            account = Partner.create(
                source._crm_prepare_account_values(
                    self.crm_account_name.strip(), with_person=self.crm_contact_action != "none"
                )
            )
        if self.crm_contact_action == "exist":
            contact = self.crm_contact_id
            if account and not contact.crm_account_id:
                contact.parent_id = account
        elif self.crm_contact_action == "create":
            contact = Partner.create(
                source._prepare_customer_values(
                    self.crm_contact_name.strip(), is_company=False, parent_id=account.id
                )
            )
        return contact or account
