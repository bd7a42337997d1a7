# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


class CrmLeadsCommon(CrmSuiteCommon):
    """An account with a department and a person in it, and a lead of somebody unknown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.account = Partner.create(
            {
                "name": "Panadería Núñez",
                "is_company": True,
                "email": "info@nunez.example.com",
                "phone": "+34 911 234 567",
                "street": "Calle Mayor 1",
                "city": "Madrid",
                "country_id": cls.env.ref("base.es").id,
            }
        )
        cls.department = Partner.create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.account.id}
        )
        cls.contact = Partner.create(
            {
                "name": "Alba Núñez",
                "parent_id": cls.department.id,
                "email": "alba@nunez.example.com",
            }
        )
        cls.private = Partner.create(
            {"name": "Pedro Gil", "email": "pedro@home.example.com", "phone": "+34 633 111 222"}
        )
        cls.customer_kind = cls.env.ref("crm_accounts.crm_account_kind_customer")
        cls.lead = cls._create_lead()

    @classmethod
    def _create_lead(cls, **values):
        """Return a lead of the salesperson, from an unknown person of an unknown company."""
        return cls.env["crm.lead"].create(
            {
                "name": "Ten printers",
                "type": "lead",
                "user_id": cls.user_salesman.id,
                "contact_name": "Ruth Vidal",
                "partner_name": "Vidal Hermanos",
                "function": "Owner",
                "email_from": "ruth@vidal.example.com",
                "phone": "+34 622 333 444",
                "street": "Plaza Nueva 3",
                "city": "Sevilla",
                "description": "<p>Call her after four.</p>",
                **values,
            }
        )

    def _wizard(self, lead=None, user=None, **values):
        """Return the conversion wizard of ``lead`` as the salesperson gets it."""
        return (
            self.env["crm.lead2opportunity.partner"]
            .with_user(user or self.user_salesman)
            .create({"lead_id": (lead or self.lead).id, "name": "convert", **values})
        )

    def _convert(self, lead=None, **values):
        """Convert ``lead`` with the choices ``values`` and return its customer."""
        lead = lead or self.lead
        self._wizard(lead, **values).action_apply()
        return lead.partner_id
