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
