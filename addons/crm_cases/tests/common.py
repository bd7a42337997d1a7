# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command

from odoo.addons.crm_accounts.tests.common import CrmSuiteCommon


class CrmCasesMixin:
    """The people and records of the tests of cases.

    ==============  ==================================  =========================
    attribute       groups                              teams
    ==============  ==================================  =========================
    agent           Cases: agent                        team
    agent_other     Cases: agent                        team
    agent_outside   Cases: agent                        team_suppliers
    leader          Cases: leader                       leads team
    manager         Cases: manager                      none
    author          Solutions: author                   none
    publisher       Solutions: publisher                none
    agent_b         Cases: manager, company B           none
    portal          portal user of the account          none
    ==============  ==================================  =========================

    ``account`` is a customer with the department ``department`` and the contact ``contact`` in it.
    """

    @classmethod
    def _crm_create_case_records(cls):
        for attribute, groups in (
            ("agent", "crm_cases.crm_cases_group_agent"),
            ("agent_other", "crm_cases.crm_cases_group_agent"),
            ("agent_outside", "crm_cases.crm_cases_group_agent"),
            ("leader", "crm_cases.crm_cases_group_leader"),
            ("manager", "crm_cases.crm_cases_group_manager"),
            ("author", "crm_cases.crm_cases_group_solution_author"),
            ("publisher", "crm_cases.crm_cases_group_solution_publisher"),
        ):
            setattr(cls, attribute, cls._crm_new_user(attribute, groups))
        cls.agent_b = cls._crm_new_user(
            "agent_b",
            "crm_cases.crm_cases_group_manager",
            company_id=cls.company_b.id,
            company_ids=[Command.set(cls.company_b.ids)],
        )
        partners = cls.env["res.partner"]
        kinds = {kind.code: kind for kind in cls.env["crm.account.kind"].search([])}
        cls.account = partners.create(
            {
                "name": "Account",
                "is_company": True,
                "email": "account@example.com",
                "crm_account_kind_ids": kinds["customer"].ids,
            }
        )
        cls.department = partners.create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.account.id}
        )
        cls.contact = partners.create(
            {"name": "Contact", "email": "contact@example.com", "parent_id": cls.department.id}
        )
        cls.supplier = partners.create(
            {
                "name": "Supplier",
                "is_company": True,
                "email": "supplier@example.com",
                "crm_account_kind_ids": kinds["supplier"].ids,
            }
        )
        cls.warehouse = partners.create(
            {
                "name": "Warehouse",
                "type": "department",
                "parent_id": cls.env.company.partner_id.id,
                "crm_account_kind_ids": kinds["internal"].ids,
            }
        )
        cls.portal = cls._crm_new_user("case_portal", "base.group_portal", email="p@example.com")
        cls.portal.partner_id.parent_id = cls.account
        cls.team = cls.env["crm.case.team"].create(
            {
                "name": "Team",
                "sequence": -1,
                "alias_name": "case-team",
                "leader_id": cls.leader.id,
                "member_ids": [Command.set((cls.agent | cls.agent_other).ids)],
            }
        )
        cls.team_suppliers = cls.env["crm.case.team"].create(
            {
                "name": "Supplier Team",
                "accept_customer": False,
                "accept_internal": False,
                "member_ids": [Command.set(cls.agent_outside.ids)],
            }
        )
        for category in (
            "new",
            "in_progress",
            "waiting_requester",
            "waiting_third",
            "resolved",
            "closed",
        ):
            setattr(cls, f"stage_{category}", cls.env.ref(f"crm_cases.crm_case_stage_{category}"))
        cls.product = cls.env["product.product"].create({"name": "Terminal"})

    @classmethod
    def _crm_new_case(cls, **values):
        """Return a new unassigned case of ``contact`` in ``team``, unless ``values`` say else."""
        return cls.env["crm.case"].create(
            {
                "name": "Question",
                "partner_id": cls.contact.id,
                "team_id": cls.team.id,
                "user_id": False,
            }
            | values
        )

    @classmethod
    def _crm_new_solution(cls, **values):
        """Return a new published solution of ``author``, unless ``values`` say else."""
        return cls.env["crm.solution"].create(
            {
                "name": "Solution",
                "answer": "<p>Answer</p>",
                "state": "published",
                "author_id": cls.author.id,
            }
            | values
        )


class CrmCasesCommon(CrmCasesMixin, CrmSuiteCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_case_records()
