# SPDX-License-Identifier: LGPL-3.0-or-later
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon


class CrmSuiteUsersMixin:
    """The people of the suite. Mix into any TransactionCase or HttpCase family.

    ====================  ==========================================  ===================
    attribute             groups                                      may
    ====================  ==========================================  ===================
    user_salesman         sales_team.group_sale_salesman              own documents
    user_salesman_other   sales_team.group_sale_salesman              own documents
    user_salesman_all     sales_team.group_sale_salesman_all_leads    all documents
    user_manager          sales_team.group_sale_manager               set-up too
    user_employee         base.group_user                             nothing of the suite
    user_portal           base.group_portal                           own account's papers
    user_company_b        sales_team.group_sale_salesman_all_leads    company B only
    ====================  ==========================================  ===================
    """

    @classmethod
    def _crm_create_users(cls):
        """Create the users above and ``company_b``; passwords equal the logins."""
        cls.company_b = cls.env["res.company"].create({"name": "Suite Company B"})
        for attribute, groups in (
            ("user_salesman", "sales_team.group_sale_salesman"),
            ("user_salesman_other", "sales_team.group_sale_salesman"),
            ("user_salesman_all", "sales_team.group_sale_salesman_all_leads"),
            ("user_manager", "sales_team.group_sale_manager"),
            ("user_employee", "base.group_user"),
            ("user_portal", "base.group_portal"),
        ):
            setattr(cls, attribute, cls._crm_new_user(attribute, groups))
        cls.user_company_b = cls._crm_new_user(
            "user_company_b",
            "sales_team.group_sale_salesman_all_leads",
            company_id=cls.company_b.id,
            company_ids=[Command.set(cls.company_b.ids)],
        )

    @classmethod
    def _crm_new_user(cls, login, groups, **values):
        """Return a new user with ``login`` (also its password) and comma-separated ``groups``."""
        values.setdefault("company_id", cls.env.company.id)
        values.setdefault("lang", "en_US")
        return new_test_user(
            cls.env, f"crm_{login}", groups=groups, password=f"crm_{login}", **values
        )


class CrmSuiteCommon(CrmSuiteUsersMixin, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crm_create_users()


class CrmHistoryMixin(CrmSuiteUsersMixin):
    """A company with a department and people, and what its history says. Mix in beside the class
    that makes the documents.
    """

    @classmethod
    def _crm_create_account(cls):
        """Create the users; ``account`` with ``department`` and ``contact`` in it; ``other``."""
        cls._crm_create_users()
        partners = cls.env["res.partner"]
        cls.account = partners.create({"name": "Distribuidora Norte", "is_company": True})
        cls.department = partners.create(
            {"name": "Purchasing", "type": "department", "parent_id": cls.account.id}
        )
        cls.contact = partners.create({"name": "Ana Rivas", "parent_id": cls.department.id})
        cls.other = partners.create({"name": "Other", "is_company": True})

    def _crm_events(self, documents, user=None):
        """Return the events of documents that a user finds; the superuser's by default."""
        events = self.env["crm.account.event"].with_user(user or self.env.user)
        return events.search([("res_model", "=", documents._name), ("res_id", "in", documents.ids)])

    def _crm_seen(self, partner, user):
        """Return ``[(kind, id)]`` of the documents in the history of an account, as the client
        shows it to a user.
        """
        page = self.env["crm.account.event"].with_user(user).crm_history(partner.id)
        return [(event["kind"], event["source_id"]) for event in page["events"]]

    def _crm_take_over(self, model_name):
        """Forget the events of a model and take its documents over as an installation does;
        return ``{kind: number of documents}``.
        """
        events = self.env["crm.account.event"].sudo()
        jobs = self.env["crm.timeline.backfill"].sudo()
        events.search([("res_model", "=", model_name)]).unlink()
        jobs.search([("model", "=", model_name)]).unlink()
        jobs._crm_run_at_installation()
        return dict(
            events._read_group(
                [("res_model", "=", model_name)], ["kind"], ["res_id:count_distinct"]
            )
        )
